//! The settings of the store of files.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{FileStore, FileStoreError, bucket::Bucket};
use crate::settings::{SettingsError, Variables};

/// How an address of a bucket begins.
const SCHEME: &str = "s3://";
/// How the address of a service begins. Production refuses the second.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// Where files lie.
#[derive(Clone, Debug)]
pub enum FilesSettings {
    /// In a folder of this machine, or one that is mounted.
    Folder(PathBuf),
    /// At a service that speaks S3.
    Bucket(Box<Bucket>),
    /// Nowhere: for a command that stores no file.
    Memory,
}

impl FilesSettings {
    /// Reads `name`, a folder or `s3://BUCKET/PREFIX`, and `S3_…` for the second.
    pub fn read(name: &'static str, meaning: &str, variables: &mut Variables<'_>) -> Self {
        let place = variables.required(name, meaning);
        let region = variables.parsed("S3_REGION", "us-east-1".to_owned(), "the region of the bucket");
        let endpoint = variables
            .optional("S3_ENDPOINT", "the address of a service that speaks S3, `https://…`; Amazon's without it")
            .map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        if let Some(endpoint) = endpoint.as_ref().filter(|endpoint| !SCHEMES.iter().any(|it| endpoint.starts_with(it)))
        {
            variables.complain(format!("S3_ENDPOINT is {endpoint}, and must begin with https://"));
        }
        let access_key = variables.optional("S3_ACCESS_KEY_ID", "who asks for the bucket's files");
        let secret_key = variables
            .optional("S3_SECRET_ACCESS_KEY", "the secret to it. Its user needs to read, write, delete and list what is under the prefix, and nothing else");
        let Some(bucket) = place.strip_prefix(SCHEME) else {
            return Self::Folder(place.into());
        };
        let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        if bucket.is_empty() {
            variables.complain(format!("{name} is {place}, which names no bucket: write {SCHEME}BUCKET/PREFIX"));
        }
        let mut with = |key: Option<String>, which: &str| {
            if key.is_none() {
                variables.complain(format!("{which} must be set for {name} {place}"));
            }
            key.unwrap_or_default()
        };
        Self::Bucket(Box::new(Bucket {
            name: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region,
            endpoint,
            access_key: with(access_key, "S3_ACCESS_KEY_ID"),
            secret_key: SecretString::from(with(secret_key, "S3_SECRET_ACCESS_KEY")),
        }))
    }

    /// The address of the service, if another than Amazon's is set.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Bucket(bucket) => bucket.endpoint.as_deref(),
            Self::Folder(_) | Self::Memory => None,
        }
    }

    /// The store. A folder is made if it is not there; a bucket is not asked for yet.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used, or the bucket's settings cannot be part of a request.
    pub fn store(&self) -> Result<FileStore, SettingsError> {
        let store = match self {
            Self::Folder(folder) => FileStore::folder(folder),
            Self::Bucket(bucket) => FileStore::bucket(bucket),
            Self::Memory => return Ok(FileStore::memory()),
        };
        store.map_err(|error| self.complaint(&error))
    }

    fn complaint(&self, FileStoreError(error): &FileStoreError) -> SettingsError {
        SettingsError::new(match self {
            Self::Folder(folder) => format!("{} is no folder that can be used: {error}", folder.display()),
            Self::Bucket(bucket) => format!("{SCHEME}{} cannot be used: {error}", bucket.name),
            Self::Memory => error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<FilesSettings, SettingsError> {
        let look_up = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut variables = Variables::new(&look_up);
        let settings = FilesSettings::read("FILES", "where files lie", &mut variables);
        variables.finish(settings)
    }

    const KEYS: [(&str, &str); 2] = [("S3_ACCESS_KEY_ID", "id"), ("S3_SECRET_ACCESS_KEY", "secret")];

    #[test]
    fn folder_needs_no_keys() {
        let FilesSettings::Folder(folder) = read(&[("FILES", "/srv/tickets")]).expect("reads") else {
            panic!("no folder");
        };
        assert_eq!(folder, PathBuf::from("/srv/tickets"));
    }

    #[test]
    fn bucket_has_a_name_a_prefix_and_keys() {
        let settings = |place| read(&[&[("FILES", place)], KEYS.as_slice()].concat());
        for (place, prefix) in [("s3://tickets", ""), ("s3://tickets/", ""), ("s3://tickets/live/a", "live/a")] {
            let FilesSettings::Bucket(bucket) = settings(place).expect("reads") else { panic!("no bucket") };
            assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("tickets", prefix));
            assert!(!format!("{bucket:?}").contains("secret\""), "{bucket:?}");
        }
        assert_eq!(settings("s3:///live").expect_err("no name").problems().len(), 1);
        let elsewhere = [("FILES", "s3://tickets"), ("S3_ENDPOINT", "files.example.com")];
        let refused = read(&[elsewhere.as_slice(), KEYS.as_slice()].concat()).expect_err("no address");
        assert_eq!(refused.problems(), ["S3_ENDPOINT is files.example.com, and must begin with https://"]);
        assert_eq!(read(&[("FILES", "s3://tickets")]).expect_err("no keys").problems().len(), 2);
    }

    #[test]
    fn store_that_cannot_be_used_is_refused_in_words() {
        let problem = |settings: FilesSettings| settings.store().expect_err("cannot be used").problems().concat();
        let folder = problem(FilesSettings::Folder("/proc/no/such".into()));
        assert!(folder.starts_with("/proc/no/such is no folder"), "{folder}");
    }
}
