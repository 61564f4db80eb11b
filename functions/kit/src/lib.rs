//! Batch runner, idempotent writes, adapters and telemetry of the functions.
