//! People of a tenant, and their devices.

pub mod change;
pub mod devices;
pub mod end_devices;
pub mod invitation_token;
pub mod invite_owner;
pub mod list;
pub mod read;
pub mod remove;
pub mod revoke_device;
