//! An instance on disk: `instance.json`, the field key and, unless PostgreSQL is named, the database.

use crate::clock::{SystemRng, WallClock};
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xingjian_exchange::webhook::Hosts;
use xingjian_kernel::{Clock, LocalDate, Rng, SignInRules};
use xingjian_policy::Policy;
use xingjian_screen::claims::Store;
use xingjian_screen::ingest::PatientKey;
use xingjian_store::{App, Db, DbTrouble, Keys, Log, erasure, migrate};
use xingjian_tlog::Signer;
use xingjian_web::client::address;
use xingjian_web::oidc::{self, Oidc};

/// What an instance is, kept in `instance.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Folder of the city's pack.
    pub city: String,
    /// Filled with demonstration data; every page says so.
    pub demo: bool,
    /// The date a demonstration was made for; the served clock starts there.
    pub date: Option<LocalDate>,
}

/// An instance cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read or written.
    #[error("{path}：无法读写（{source}）")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `instance.json` is damaged.
    #[error("{0}：内容损坏，请从备份恢复")]
    Settings(String),
    /// There are no packs where they were looked for.
    #[error("找不到政策包文件夹“{0}”；请用 --policy 指定其位置")]
    NoPolicy(String),
    /// The pack has faults.
    #[error("政策包有{}处错误，请先运行 xingjian policy check", .0.len())]
    Policy(Vec<xingjian_policy::Fault>),
    /// The key file is damaged.
    #[error("字段密钥：{0}")]
    Key(#[from] xingjian_store::sealed::SealedError),
    /// The file of the patients' key is damaged.
    #[error("{0}：参保人密钥损坏，请从备份恢复")]
    PatientKey(String),
    /// There are claims, but not the key their patients were hashed with.
    #[error("{0}：参保人密钥不见了，而理赔数据已在；请从备份恢复，重新生成会使同一人在各月份对不上")]
    PatientKeyLost(String),
    /// The claims were made up: nobody in them was ever behind a key.
    #[error("{0}：其中是程序生成的演示数据，没有参保人密钥，不能与导入的数据混放；请用 --data 指定另一个文件夹")]
    ClaimsMadeUp(String),
    /// The claims cannot be read.
    #[error(transparent)]
    Claims(#[from] xingjian_screen::claims::Error),
    /// The log of all acts does not open.
    #[error(transparent)]
    Log(#[from] xingjian_store::LogError),
    /// The file of the log's key is damaged.
    #[error("{0}：存证日志密钥损坏，请从备份恢复")]
    LogKey(String),
    /// There are checkpoints, but not the key they were signed with.
    #[error("{0}：存证日志密钥不见了，而检查点已经签发；请从备份恢复，换新密钥会使已签发的检查点无法接续")]
    LogKeyLost(String),
    /// There is an instance, but not the key its sealed fields were sealed with.
    #[error("{0}：字段密钥不见了，而实例已在；请放回另行保存的那一份，重新生成会使举报人、身份号码和第二因素都打不开")]
    FieldKeyLost(String),
    /// There is no database where it was looked for.
    #[error("{0}：没有数据库；用 PostgreSQL 的实例请加 --database 或者设置 XINGJIAN_DATABASE，否则请从备份恢复")]
    NoDatabase(String),
    /// The list of erasures cannot be replayed.
    #[error(transparent)]
    Erasures(#[from] erasure::ListError),
    /// The rules of signing in have a fault.
    #[error("{0}：{1}；可用的项目见 docs/operations.md")]
    SignIn(String, String),
    /// The identity platform is not usable as it is set.
    #[error("{0}：{1}")]
    Oidc(String, String),
    /// The list of witnesses has faults.
    #[error("{0}：{1}")]
    Witnesses(String, String),
    /// The list of hosts that webhooks may go to has faults.
    #[error("{0}：{1}")]
    Webhooks(String, xingjian_exchange::webhook::HostsError),
    /// The database does not open.
    #[error("数据库无法打开：{0}")]
    Db(#[from] xingjian_store::OpenError),
    /// The database does not migrate.
    #[error("数据库结构升级失败：{0}")]
    Migrate(#[from] xingjian_store::Error),
}

impl OpenError {
    /// What to do about it, where the message does not say it.
    pub fn mend(&self) -> Option<&'static str> {
        match self {
            Self::File { source, .. } => Some(match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘已满：腾出空间后重新启动",
                ErrorKind::ReadOnlyFilesystem => "文件系统是只读的：重新挂载为可写，或者把实例放到别处",
                ErrorKind::PermissionDenied => "没有权限：用运行服务的系统用户执行，或者更正文件夹的所有者和权限",
                _ => "检查路径是否存在、磁盘是否已挂载",
            }),
            Self::Db(error) => error.trouble().map(DbTrouble::mend),
            Self::Migrate(error) => DbTrouble::of(error).map(DbTrouble::mend),
            _ => None,
        }
    }
}

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// Folder of the instance.
    pub data: PathBuf,
    /// Folder of the packs.
    pub policy: PathBuf,
    /// Address of PostgreSQL; `None` is SQLite in the folder of the instance.
    pub database: Option<String>,
}

impl Places {
    fn file(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    /// Reads `instance.json`; `None` where there is no instance.
    pub fn settings(&self) -> Result<Option<Settings>, OpenError> {
        let path = self.file("instance.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => match serde_json::from_str(&text) {
                Ok(settings) => Ok(Some(settings)),
                Err(_) => Err(OpenError::Settings(path.display().to_string())),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OpenError::File { path: path.display().to_string(), source }),
        }
    }

    /// Writes `instance.json`.
    pub fn settle(&self, settings: &Settings) -> Result<(), OpenError> {
        let fail = |path: &Path| {
            let path = path.display().to_string();
            move |source| OpenError::File { path, source }
        };
        std::fs::create_dir_all(&self.data).map_err(fail(&self.data))?;
        let path = self.file("instance.json");
        let text =
            serde_json::to_string_pretty(settings).map_err(|_| OpenError::Settings(path.display().to_string()))?;
        std::fs::write(&path, text).map_err(fail(&path))
    }

    /// The field key, made with the instance; readable by its owner only.
    fn keys(&self, rng: &dyn Rng) -> Result<Keys, OpenError> {
        Ok(Keys::from_hex(&secret_file(&self.file("field.key"), || Keys::generate(rng))?)?)
    }

    /// Folder of the claims store.
    pub fn claims(&self) -> PathBuf {
        self.data.join("claims").join("store")
    }

    /// The key of patients, made on first use beside the claims store; readable by its owner only. Where there is a store
    /// already, its key is not made anew; where that was made up, nothing real is put beside it.
    pub fn patient_key(&self, rng: &dyn Rng) -> Result<PatientKey, OpenError> {
        let folder = self.data.join("claims");
        std::fs::create_dir_all(&folder)
            .map_err(|source| OpenError::File { path: folder.display().to_string(), source })?;
        let path = folder.join("patient.key");
        if Store::exists(&self.claims()) {
            if Store::open(&self.claims())?.is_made_up() {
                return Err(OpenError::ClaimsMadeUp(self.claims().display().to_string()));
            }
            if !path.is_file() {
                return Err(OpenError::PatientKeyLost(path.display().to_string()));
            }
        }
        let text = secret_file(&path, || PatientKey::generate(rng))?;
        PatientKey::from_hex(&text).ok_or_else(|| OpenError::PatientKey(path.display().to_string()))
    }

    /// Opens the instance with a clock and a random source.
    pub async fn open(&self, city: &str, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Arc<App>, OpenError> {
        let database =
            async { if self.settings()?.is_some() { self.database().await } else { self.new_database().await } };
        self.open_on(city, clock, rng, database).await
    }

    /// Opens an instance that is being made: it is one only after [`Places::finish`] and [`Places::settle`], and until then
    /// nothing in its database is durable.
    pub async fn open_unfinished(
        &self,
        city: &str,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Arc<App>, OpenError> {
        let database = async {
            Ok(match &self.database {
                Some(url) => Db::postgres(url).await?,
                None => Db::sqlite_unfinished(&self.file("xingjian.db")).await?,
            })
        };
        self.open_on(city, clock, rng, database).await
    }

    /// Makes the database of an instance durable.
    pub async fn finish(&self, db: Db) -> Result<(), OpenError> {
        db.finish().await?;
        if self.database.is_none() {
            for path in [self.file("xingjian.db"), self.data.clone()] {
                let synced = std::fs::File::open(&path).and_then(|file| file.sync_all());
                synced.map_err(|source| OpenError::File { path: path.display().to_string(), source })?;
            }
        }
        Ok(())
    }

    async fn open_on(
        &self,
        city: &str,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        database: impl Future<Output = Result<Db, OpenError>>,
    ) -> Result<Arc<App>, OpenError> {
        if !self.policy.is_dir() {
            return Err(OpenError::NoPolicy(self.policy.display().to_string()));
        }
        let policy = Policy::load(&self.policy, city).map_err(OpenError::Policy)?;
        std::fs::create_dir_all(&self.data)
            .map_err(|source| OpenError::File { path: self.data.display().to_string(), source })?;
        // What is missing of an instance that is there was lost: made anew it would hide that.
        let key = self.file("field.key");
        if self.settings()?.is_some() && !key.is_file() {
            return Err(OpenError::FieldKeyLost(key.display().to_string()));
        }
        let keys = self.keys(&*rng)?;
        let db = database.await?;
        migrate(&db).await?;
        let log = self.log(&*rng)?;
        let app = App::new(db, Arc::new(policy), clock, rng, Arc::new(keys));
        let _ = app.log.set(log);
        let _ = app.sign_in.set(self.sign_in()?);
        // An older database holds again what was erased since: it is erased before anybody reads it.
        erasure::replay(&app).await?;
        Ok(app)
    }

    /// The rules of signing in: those of the file `sign-in.toml`, or the default ones.
    fn sign_in(&self) -> Result<SignInRules, OpenError> {
        let path = self.file("sign-in.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| {
                let line = text[..error.span().map_or(0, |span| span.start)].lines().count().max(1);
                let what = text.lines().nth(line - 1).unwrap_or_default();
                OpenError::SignIn(path.display().to_string(), format!("第{line}行“{what}”：{}", error.message()))
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(SignInRules::default()),
            Err(source) => Err(OpenError::File { path: path.display().to_string(), source }),
        }
    }

    /// The identity platform of the file `oidc.toml`, where there is one.
    pub fn oidc(&self) -> Result<Option<Oidc>, OpenError> {
        let path = self.file("oidc.toml");
        let place = path.display().to_string();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::File { path: place, source }),
        };
        let settings: oidc::Settings =
            toml::from_str(&text).map_err(|error| OpenError::Oidc(place.clone(), error.message().to_owned()))?;
        let secret_path = self.data.join(&settings.secret_file);
        let secret_place = secret_path.display().to_string();
        let fail = |source| OpenError::File { path: secret_place.clone(), source };
        let secret = std::fs::read_to_string(&secret_path).map_err(fail)?;
        if open_to_others(&secret_path).map_err(fail)? {
            let mend = "其他系统用户可以读取客户端密钥；请执行 chmod 600，并在认证平台更换密钥";
            return Err(OpenError::Oidc(secret_place, mend.into()));
        }
        Oidc::new(settings, &secret).map(Some).map_err(|error| OpenError::Oidc(place, error.to_string()))
    }

    /// The database of an instance that is being made.
    pub async fn new_database(&self) -> Result<Db, OpenError> {
        Ok(match &self.database {
            Some(url) => Db::postgres(url).await?,
            None => Db::sqlite(&self.file("xingjian.db")).await?,
        })
    }

    /// The database that is there, as it is.
    pub async fn database(&self) -> Result<Db, OpenError> {
        let path = self.file("xingjian.db");
        if self.database.is_none() && !path.is_file() {
            return Err(OpenError::NoDatabase(path.display().to_string()));
        }
        self.new_database().await
    }

    /// The log that is there; `None` where none was begun.
    pub fn kept_log(&self) -> Result<Option<Log>, OpenError> {
        let there = self.file("log.key").is_file() || self.file("log").join("checkpoint").is_file();
        if there { self.log(&SystemRng).map(Some) } else { Ok(None) }
    }

    /// The log in the folder of the instance, with its key: a line for each, an SM2 key after the Ed25519 key where there is one. Both are made on first
    /// use, with a name that no other log has.
    fn log(&self, rng: &dyn Rng) -> Result<Log, OpenError> {
        let (folder, path) = (self.file("log"), self.file("log.key"));
        if !path.is_file() && folder.join("checkpoint").is_file() {
            return Err(OpenError::LogKeyLost(path.display().to_string()));
        }
        let text = secret_file(&path, || {
            let (mut name, mut seeds) = ([0; 8], [[0; 32]; 2]);
            rng.fill(&mut name);
            for seed in &mut seeds {
                rng.fill(seed);
            }
            let name = format!("xingjian-{}/log", hex::encode(name));
            let keys = [Signer::ed25519(&name, &seeds[0]), Signer::sm2(&name, &seeds[1])];
            let lines: Vec<String> = keys.into_iter().flatten().map(|key| key.secret_text()).collect();
            lines.join("\n") + "\n"
        })?;
        let signers = text.lines().map(str::parse).collect::<Result<Vec<Signer>, _>>();
        let signers = signers.ok().filter(|signers| !signers.is_empty());
        let signers = signers.ok_or_else(|| OpenError::LogKey(path.display().to_string()))?;
        self.witnesses(Log::open(&folder, signers)?)
    }

    /// The log with the witnesses of the file `witnesses`, where there is one.
    fn witnesses(&self, log: Log) -> Result<Log, OpenError> {
        let path = self.file("witnesses");
        let place = path.display().to_string();
        let list = match std::fs::read(&path) {
            Ok(list) => list,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(log),
            Err(source) => return Err(OpenError::File { path: place, source }),
        };
        let log = log.witnessed_by(&list).map_err(|error| OpenError::Witnesses(place.clone(), error.to_string()))?;
        for (_, _, url) in log.policy().witnesses() {
            // Said now, and not on the page of the log after the first try.
            address(url.unwrap_or_default()).map_err(|error| OpenError::Witnesses(place.clone(), error.to_string()))?;
        }
        Ok(log)
    }

    /// Where webhooks may go: the file `webhooks`, or nowhere.
    pub fn webhooks(&self) -> Result<Hosts, OpenError> {
        let path = self.file("webhooks");
        let place = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(list) => Hosts::parse(&list).map_err(|error| OpenError::Webhooks(place, error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Hosts::default()),
            Err(source) => Err(OpenError::File { path: place, source }),
        }
    }

    /// Opens the instance as it runs.
    pub async fn run(&self, settings: &Settings) -> Result<Arc<App>, OpenError> {
        let clock = settings.date.map_or_else(WallClock::default, WallClock::on);
        self.open(&settings.city, Arc::new(clock), Arc::new(SystemRng)).await
    }
}

/// The text of a key file, made where there is none; readable by its owner only.
pub fn secret_file(path: &Path, make: impl FnOnce() -> String) -> Result<String, OpenError> {
    let fail = |source| OpenError::File { path: path.display().to_string(), source };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let text = make();
            let mut file = owner_only(path).map_err(fail)?;
            file.write_all(text.as_bytes()).map_err(fail)?;
            file.sync_all().map_err(fail)?;
            Ok(text)
        }
        Err(error) => Err(fail(error)),
    }
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn owner_only(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn owner_only(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}
