//! What becomes of the data when the schema changes, and when it has to come from a backup.

mod backup;
mod migrations;
