"""What is known of the cluster: hosts, tokens, replicas, schema. Immutable snapshots; no queries are made here."""
