# Nothing here is visible from Python: option_types.pxd is the contract.
