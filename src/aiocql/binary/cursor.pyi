# Nothing here is visible from Python: cursor.pxd is the contract.
