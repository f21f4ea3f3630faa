//! The data when the schema is migrated, and when it is restored from a backup.

mod backup;
mod migrations;
