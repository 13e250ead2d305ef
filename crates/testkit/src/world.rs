use crate::{Backend, TestDb};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::{
    Actor, Clock, DepartmentId, DivisionCode, LocalDate, Rng, Role, Scope, Sensitivity, SubjectRef, Timestamp,
};
use xingjian_policy::Policy;
use xingjian_store::{App, Ctx, Keys};

/// A clock that moves only when told, by one microsecond at each reading so that acts have an order.
pub struct TestClock {
    at: AtomicI64,
    /// What other machines have as the time; 0 is the same.
    real: AtomicI64,
}

impl TestClock {
    /// Starts at nine in the morning of a date.
    pub fn at(date: LocalDate) -> Self {
        Self { at: AtomicI64::new(Timestamp::from_local(date, 9, 0).micros()), real: AtomicI64::new(0) }
    }

    /// From here on other machines have another time: this machine's, for a program that compares what it is sent with its own clock.
    #[allow(clippy::disallowed_methods, reason = "a program outside of the test reads the wall clock too")]
    pub fn lives_among_others(&self) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("this machine's clock is after 1970");
        self.real.store(i64::try_from(since.as_micros()).expect("and before the year 200000"), Ordering::SeqCst);
    }

    /// Moves to an instant.
    pub fn move_to(&self, at: Timestamp) {
        self.at.store(at.micros(), Ordering::SeqCst);
    }

    /// Moves to nine in the morning of a date.
    pub fn set(&self, date: LocalDate) {
        self.at.store(Timestamp::from_local(date, 9, 0).micros(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.at.fetch_add(1, Ordering::SeqCst))
    }

    fn real(&self) -> Timestamp {
        match self.real.load(Ordering::SeqCst) {
            0 => self.now(),
            real => Timestamp::from_micros(real),
        }
    }
}

/// Randomness that repeats.
pub struct TestRng(Mutex<ChaCha20Rng>);

impl TestRng {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Rng for TestRng {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().expect("no test panics while it draws").fill_bytes(buffer);
    }
}

/// An instance on a fresh database, with the packs of the repository and a clock that stands at 2026-11-23 (a Monday).
pub struct World {
    /// The instance.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Its database.
    pub db: TestDb,
}

/// The pack folder of this repository.
pub fn policy_dir() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policy"))
}

impl World {
    /// Runs a test in a world of its own.
    pub fn run<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(World) -> F) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        runtime.block_on(async {
            // Process numbers come again; the seed of the standard hasher does not.
            let chance = RandomState::new().build_hasher().finish();
            if let Some(db) = TestDb::new(backend, &format!("{chance:x}")).await {
                let leftover = db.leftover();
                test(World::on(db)).await;
                leftover.discard().await;
            }
        });
    }

    /// A world on a given database.
    pub fn on(db: TestDb) -> Self {
        let policy =
            Policy::load(&policy_dir(), "zhuhai").unwrap_or_else(|faults| panic!("the packs have faults: {faults:?}"));
        let clock = Arc::new(TestClock::at(jiff_date(2026, 11, 23)));
        let rng: Arc<dyn Rng> = Arc::new(TestRng::new(620));
        let keys = Keys::from_hex(&Keys::generate(&*rng)).expect("a generated key reads back");
        let app = App::new(db.db.clone(), Arc::new(policy), clock.clone(), rng, Arc::new(keys));
        Self { app, clock, db }
    }

    /// Somebody of the health department with these roles, who sees the whole city.
    pub fn ctx(&self, name: &str, roles: &[Role]) -> Ctx {
        self.ctx_of("health", name, roles)
    }

    /// Somebody of a department.
    pub fn ctx_of(&self, department: &str, name: &str, roles: &[Role]) -> Ctx {
        let city: DivisionCode = self.app.policy.city.division.clone();
        let department = DepartmentId::new(department);
        let scope = Scope {
            divisions: vec![city],
            department: Some(department.clone()),
            sensitivity: Sensitivity::Secret,
            subject: None,
        };
        let account: AccountId = Ctx::system(&self.app).new_id();
        let actor = Actor {
            account: Some(account),
            name: name.into(),
            roles: roles.to_vec(),
            department,
            officer: None,
            granted: vec![],
        };
        Ctx::new(&self.app, actor, scope)
    }

    /// The same person with an officer's record.
    pub fn as_officer(&self, mut ctx: Ctx, officer: OfficerId) -> Ctx {
        ctx.actor.officer = Some(officer);
        ctx
    }

    /// Somebody who speaks for an institution and sees only what is about it.
    pub fn unit(&self, name: &str, subject: SubjectRef) -> Ctx {
        let mut ctx = self.ctx_of("unit", name, &[Role::Unit]);
        ctx.scope.department = None;
        ctx.scope.sensitivity = Sensitivity::Case;
        ctx.scope.subject = Some(subject);
        ctx
    }
}

/// The people most tests need, each with a login of its own.
pub fn people(world: &World) -> [Ctx; 4] {
    [
        world.ctx("受理员甲", &[Role::Intake]),
        world.ctx("监督员甲", &[Role::Inspector]),
        world.ctx("监督员乙", &[Role::Inspector]),
        world.ctx("负责人甲", &[Role::Head]),
    ]
}

fn jiff_date(year: i16, month: i8, day: i8) -> LocalDate {
    LocalDate::new(year, month, day).expect("a date that exists")
}
