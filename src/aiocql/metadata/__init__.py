"""What is known of the cluster: hosts, tokens, replicas, schema. Immutable snapshots; nothing is queried here."""
