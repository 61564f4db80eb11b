//! Logic of the Durable Objects over a storage trait.
