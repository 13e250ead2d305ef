use crate::figures::Figures;
use crate::together::Together;
use crate::{Db, Failure, Keys, Log, Tx};
use std::sync::{Arc, OnceLock};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{self, Id};
use xingjian_kernel::{Actor, Clock, LocalDate, Permission, Rng, Scope, SignInRules, Timestamp};
use xingjian_policy::Policy;

/// What a running instance has: one a process, shared.
pub struct App {
    /// The database.
    pub db: Db,
    /// The policy pack in force.
    pub policy: Arc<Policy>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source.
    pub rng: Arc<dyn Rng>,
    /// Keys of sealed fields; never in the database.
    pub keys: Arc<Keys>,
    /// The log of all acts, where this process keeps one.
    pub log: OnceLock<Log>,
    /// What is asked of people who sign in, where it is not the default.
    pub sign_in: OnceLock<SignInRules>,
    /// What was counted a short while ago.
    pub figures: Figures,
    /// What is written together.
    pub together: Together,
    /// The scope clause that a test has switched off.
    #[cfg(feature = "testkit")]
    pub dropped_scope: std::sync::Mutex<Option<String>>,
    /// The statements of lists and their values, where a test listens.
    #[cfg(feature = "testkit")]
    pub noted: std::sync::Mutex<Option<Vec<Noted>>>,
}

/// A statement and its values.
#[cfg(feature = "testkit")]
type Noted = (String, Vec<crate::Value>);

impl App {
    /// Puts the parts together.
    pub fn new(db: Db, policy: Arc<Policy>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>, keys: Arc<Keys>) -> Arc<Self> {
        Arc::new(Self {
            db,
            policy,
            clock,
            rng,
            keys,
            log: OnceLock::new(),
            sign_in: OnceLock::new(),
            figures: Figures::default(),
            together: Together::default(),
            #[cfg(feature = "testkit")]
            dropped_scope: std::sync::Mutex::new(None),
            #[cfg(feature = "testkit")]
            noted: std::sync::Mutex::new(None),
        })
    }

    #[cfg(feature = "testkit")]
    pub(crate) fn note(&self, sql: &str, values: &[crate::Value]) {
        if let Some(noted) = &mut *self.noted.lock().expect("no test panics while it holds this lock") {
            noted.push((sql.to_owned(), values.to_vec()));
        }
    }
}

impl App {
    /// What is asked of people who sign in.
    pub fn sign_in(&self) -> &SignInRules {
        self.sign_in.get_or_init(SignInRules::default)
    }
}

/// One request: who asks, and which rows that person may see.
#[derive(Clone)]
pub struct Ctx {
    /// The instance.
    pub app: Arc<App>,
    /// Who acts.
    pub actor: Actor,
    /// Which rows are seen.
    pub scope: Scope,
}

impl Ctx {
    /// A context for a person.
    pub fn new(app: &Arc<App>, actor: Actor, scope: Scope) -> Self {
        Self { app: app.clone(), actor, scope }
    }

    /// The program itself, following what happened; sees every row.
    pub fn system(app: &Arc<App>) -> Self {
        Self::new(app, Actor::system(), Scope::system())
    }

    /// The same act, read with the whole scope: for facts that must not depend on who looks (grades, counts).
    #[must_use]
    pub fn seeing_all(&self) -> Self {
        Self { scope: Scope::system(), ..self.clone() }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The present local date.
    pub fn today(&self) -> LocalDate {
        self.app.clock.today()
    }

    /// A new identifier.
    pub fn new_id<T: Id>(&self) -> T {
        id::new_id(&*self.app.clock, &*self.app.rng)
    }

    /// The policy pack.
    pub fn policy(&self) -> &Policy {
        &self.app.policy
    }

    /// Whether the actor's roles carry the permission.
    pub fn may(&self, permission: Permission) -> Result<(), Failure> {
        if self.actor.may(permission) { Ok(()) } else { Err(Failure::Denied(permission)) }
    }

    /// Starts a transaction.
    pub async fn begin(&self) -> Result<Tx, Failure> {
        Ok(self.app.db.begin().await?)
    }

    /// The deadline of a clock of the policy pack, counted from `from`.
    pub fn deadline(&self, clock: &str, from: LocalDate) -> Result<Deadline, Failure> {
        self.policy()
            .deadline(clock, from)
            .ok_or_else(|| crate::Error::Missing(format!("clock {clock} in the policy pack on {from}")).into())
    }
}
