//! Connection strings.

use std::fmt;
use std::str::FromStr;

use super::VariableError;
use super::name::{check_form, compare};
use crate::nearest::nearest;

/// The type of a connection string, which decides the prefix of its variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionType {
    /// SQL Server.
    SqlServer,
    /// Azure SQL Database.
    SqlAzure,
    /// MySQL.
    MySql,
    /// PostgreSQL.
    PostgreSql,
    /// Anything else.
    Custom,
    /// A notification hub.
    NotificationHub,
    /// Service Bus.
    ServiceBus,
    /// Event Hubs.
    EventHub,
    /// Cosmos DB.
    DocDb,
    /// Azure Cache for Redis.
    RedisCache,
    /// A custom file share.
    FileShareStorage,
    /// A share in Azure Files.
    AzureFilesStorage,
    /// A storage account for blobs.
    AzureBlobStorage,
}

impl ConnectionType {
    /// Every type, the common ones first.
    pub const ALL: [Self; 13] = [
        Self::SqlServer,
        Self::SqlAzure,
        Self::MySql,
        Self::PostgreSql,
        Self::Custom,
        Self::NotificationHub,
        Self::ServiceBus,
        Self::EventHub,
        Self::DocDb,
        Self::RedisCache,
        Self::FileShareStorage,
        Self::AzureFilesStorage,
        Self::AzureBlobStorage,
    ];

    /// The name, as in the resource manager's templates where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::SqlServer => "SQLServer",
            Self::SqlAzure => "SQLAzure",
            Self::MySql => "MySql",
            Self::PostgreSql => "PostgreSQL",
            Self::Custom => "Custom",
            Self::NotificationHub => "NotificationHub",
            Self::ServiceBus => "ServiceBus",
            Self::EventHub => "EventHub",
            Self::DocDb => "DocDb",
            Self::RedisCache => "RedisCache",
            Self::FileShareStorage => "FileShareStorage",
            Self::AzureFilesStorage => "AzureFilesStorage",
            Self::AzureBlobStorage => "AzureBlobStorage",
        }
    }

    /// What stands before the name in the variable (ENV-02, ENV-03).
    pub fn prefix(self) -> &'static str {
        match self {
            Self::SqlServer => "SQLCONNSTR_",
            Self::SqlAzure => "SQLAZURECONNSTR_",
            Self::MySql => "MYSQLCONNSTR_",
            Self::PostgreSql => "POSTGRESQLCONNSTR_",
            Self::Custom => "CUSTOMCONNSTR_",
            Self::NotificationHub => "NOTIFICATIONHUBCONNSTR_",
            Self::ServiceBus => "SERVICEBUSCONNSTR_",
            Self::EventHub => "EVENTHUBCONNSTR_",
            Self::DocDb => "DOCDBCONNSTR_",
            Self::RedisCache => "REDISCACHECONNSTR_",
            Self::FileShareStorage => "FILESHARESTORAGE_",
            Self::AzureFilesStorage => "AZUREFILESSTORAGE_",
            Self::AzureBlobStorage => "AZUREBLOBSTORAGE_",
        }
    }
}

impl FromStr for ConnectionType {
    type Err = UnknownConnectionType;

    /// Reads a name without regard to case.
    fn from_str(text: &str) -> Result<Self, UnknownConnectionType> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownConnectionType { given: text.to_owned() })
    }
}

/// The name of a type that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownConnectionType {
    given: String,
}

impl std::error::Error for UnknownConnectionType {}

impl fmt::Display for UnknownConnectionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ConnectionType::ALL.map(ConnectionType::name);
        write!(f, "{:?} is not a type of connection string", self.given)?;
        if let Some(nearest) = nearest(&self.given, names) {
            write!(f, "; the nearest is {nearest}")?;
        }
        write!(f, "; types are {}", names.join(", "))
    }
}

/// Connection strings by name. Names are one space over all types, without regard to case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConnectionStrings(Vec<Entry>);

#[derive(Clone, PartialEq, Eq)]
struct Entry {
    name: Box<str>,
    kind: ConnectionType,
    value: Box<str>,
}

impl ConnectionStrings {
    /// Sets a connection string, in place of one of the same name.
    ///
    /// # Errors
    /// [`VariableError`], when the name or value is none.
    pub fn set(&mut self, name: &str, kind: ConnectionType, value: &str) -> Result<(), VariableError> {
        check_form(name, value)?;
        let entry = Entry { name: name.into(), kind, value: value.into() };
        match self.0.iter_mut().find(|known| compare(&known.name, name).is_eq()) {
            Some(known) => *known = entry,
            None => self.0.push(entry),
        }
        Ok(())
    }

    /// Name, type and value of each, in the order in which the names were first set.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, ConnectionType, &str)> {
        self.0.iter().map(|entry| (&*entry.name, entry.kind, &*entry.value))
    }
}

impl fmt::Debug for ConnectionStrings {
    /// Names and types only: the values are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, kind, _)| (name, kind))).finish()
    }
}
