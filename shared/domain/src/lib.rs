//! Tenants, ids, stations, metrics and knobs: the vocabulary of Attune.
