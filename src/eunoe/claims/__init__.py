"""The claims ledger: `ledger` judges, one module a paper states."""
