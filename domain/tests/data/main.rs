//! The data when the schema is migrated, and when it comes from a backup.

mod backup;
mod migrations;
