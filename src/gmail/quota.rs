//! Spending Gmail quota units no faster than Google grants them.
//!
//! Each account has a [`Governor`]: a token bucket whose burst and rate together never exceed the
//! allowance in *any* minute, with two queues, interactive before background. All governors of
//! one Google project may share a [`ProjectQuota`].

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::net::Priority;

/// Units per user and minute for projects made since May 2026:
/// <https://developers.google.com/workspace/gmail/api/reference/quota>.
pub const USER_UNITS_PER_MINUTE: u32 = 6_000;
/// Units per project and minute.
const PROJECT_UNITS_PER_MINUTE: u32 = 1_200_000;

/// What all accounts together may spend in a minute where one may spend `per_user`: Google's own proportion, also when the share of a
/// user is set otherwise.
pub const fn project_units(per_user: u32) -> u32 {
    per_user.saturating_mul(PROJECT_UNITS_PER_MINUTE / USER_UNITS_PER_MINUTE)
}

/// The Gmail calls we make; [`Method::units`] is the one table of what they cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `users.getProfile`
    GetProfile,
    /// `users.messages.list`
    ListMessages,
    /// `users.messages.get`
    GetMessage,
    /// `users.threads.get`
    GetThread,
    /// `users.history.list`
    ListHistory,
    /// `users.settings.sendAs.list`
    ListSendAs,
    /// `users.labels.list`
    ListLabels,
    /// `users.messages.attachments.get`
    GetAttachment,
}

impl Method {
    /// Cost in quota units: <https://developers.google.com/workspace/gmail/api/reference/quota>.
    pub const fn units(self) -> u32 {
        match self {
            Self::GetProfile | Self::ListSendAs | Self::ListLabels => 1,
            Self::ListHistory => 2,
            Self::ListMessages => 5,
            Self::GetMessage | Self::GetAttachment => 20,
            Self::GetThread => 40,
        }
    }

    /// Google's name of the method, for logs and for the page that shows what we wait for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetProfile => "getProfile",
            Self::ListMessages => "messages.list",
            Self::GetMessage => "messages.get",
            Self::GetThread => "threads.get",
            Self::ListHistory => "history.list",
            Self::ListSendAs => "settings.sendAs.list",
            Self::ListLabels => "labels.list",
            Self::GetAttachment => "messages.attachments.get",
        }
    }
}

/// How much may be spent. A bucket that holds `burst` and fills at `share` lets at most
/// `share + burst` of the allowance through in any minute, however Google cuts its minutes; what
/// is left to the whole absorbs calls that travel at different speeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotaLimits {
    /// What Google grants, in units per minute; at least 1.
    pub units_per_minute: u32,
    /// The part of it that is spent steadily, per minute.
    pub share: f64,
    /// The part of it that may be spent at once after a rest.
    pub burst: f64,
    /// The longest pause after a 429 that a caller sits out; with a longer one pending,
    /// [`Governor::acquire`] fails at once.
    pub longest_pause: Duration,
}

impl QuotaLimits {
    /// 96 % of this allowance steadily, 3 % as a burst, pauses of at most two minutes.
    pub const fn per_minute(units: u32) -> Self {
        Self { units_per_minute: units, share: 0.96, burst: 0.03, longest_pause: Duration::from_secs(120) }
    }
}

impl Default for QuotaLimits {
    fn default() -> Self {
        Self::per_minute(USER_UNITS_PER_MINUTE)
    }
}

/// Google asked for a pause longer than [`QuotaLimits::longest_pause`], and it is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Gmail calls of this account rest for {} s more", remaining.as_secs().max(1))]
pub struct QuotaBlocked {
    /// How long the pause still lasts.
    pub remaining: Duration,
}

/// Why the next call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The account's allowance is spent for the moment.
    Allowance,
    /// The project's allowance, over all accounts, is spent for the moment.
    ProjectAllowance,
    /// Google answered 429 and asked for a pause.
    SlowDown,
    /// Interactive calls go first.
    InteractiveFirst,
}

/// The call at the head of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaWait {
    /// What is to be called.
    pub method: Method,
    /// In which queue it stands.
    pub priority: Priority,
    /// What it waits for.
    pub reason: WaitReason,
    /// How much longer; `None` while it depends on other calls.
    pub remaining: Option<Duration>,
}

/// What a [`Governor`] is doing, for people to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaStatus {
    /// Units spent since the governor was made.
    pub units_spent: u64,
    /// Units that could be spent this instant.
    pub units_ready: u32,
    /// Interactive calls that wait.
    pub queued_interactive: u32,
    /// Background calls that wait.
    pub queued_background: u32,
    /// What the next call waits for and for how long; `None` when nobody waits.
    pub waiting: Option<QuotaWait>,
}

/// The allowance that all accounts of one Google project share.
#[derive(Debug)]
pub struct ProjectQuota {
    bucket: Mutex<Bucket>,
    /// Accounts stand in line here, each with one call, so that none starves.
    turn: tokio::sync::Mutex<()>,
}

impl ProjectQuota {
    /// A full allowance.
    pub fn new(limits: QuotaLimits) -> Self {
        Self { bucket: Mutex::new(Bucket::new(limits)), turn: tokio::sync::Mutex::default() }
    }
}

/// Lets one account's calls through as its quota allows.
///
/// Each queue is first come, first served, and only the caller at its head looks at the bucket: so
/// accounts take turns at the project's allowance, whatever the length of their queues.
#[derive(Debug)]
pub struct Governor {
    longest_pause: Duration,
    bucket: Mutex<Bucket>,
    project: Option<Arc<ProjectQuota>>,
    interactive: Line,
    background: Line,
    /// Signalled when the interactive queue becomes empty.
    interactive_done: Notify,
}

impl Governor {
    /// A governor for one account with its own allowance alone.
    pub fn new(limits: QuotaLimits) -> Self {
        Self {
            longest_pause: limits.longest_pause,
            bucket: Mutex::new(Bucket::new(limits)),
            project: None,
            interactive: Line::default(),
            background: Line::default(),
            interactive_done: Notify::new(),
        }
    }

    /// A governor for one account that also keeps within its project's allowance.
    pub fn within(limits: QuotaLimits, project: Arc<ProjectQuota>) -> Self {
        Self { project: Some(project), ..Self::new(limits) }
    }

    /// Waits until the units of this call may be spent, and spends them. Dropping the future
    /// leaves the queue and spends nothing.
    ///
    /// # Errors
    /// [`QuotaBlocked`] while a pause longer than [`QuotaLimits::longest_pause`] is pending.
    pub async fn acquire(&self, method: Method, priority: Priority) -> Result<(), QuotaBlocked> {
        let line = match priority {
            Priority::Interactive => &self.interactive,
            Priority::Background => &self.background,
        };
        let _queued = Queued::join(line, (priority == Priority::Interactive).then_some(self));
        let _turn = line.turn.lock().await;
        let head = Head { line };
        let mut project_turn = None;
        loop {
            // Made before looking, so that a signal between the look and the wait is not lost.
            let interactive_done = self.interactive_done.notified();
            let (reason, until) = match self.try_spend(method, priority, project_turn.is_some())? {
                Attempt::Spent => return Ok(()),
                Attempt::Wait(reason, until) => (reason, until),
            };
            if reason != WaitReason::ProjectAllowance {
                // Other accounts go on while this one waits for its own allowance.
                project_turn = None;
            }
            head.show(Waiting { method, priority, reason, until: until.time() });
            match until {
                Until::Time(time) => sleep_until(time).await,
                Until::InteractiveDone => interactive_done.await,
                Until::ProjectTurn(project) => project_turn = Some(project.turn.lock().await),
            }
        }
    }

    /// To be told of every 429 and its 403 twins: the bucket is emptied, and no call of this
    /// account is let through before `pause` is over.
    pub fn slow_down(&self, pause: Duration) {
        lock(&self.bucket).pause(Instant::now(), pause);
    }

    /// What this governor is doing now.
    pub fn status(&self) -> QuotaStatus {
        let now = Instant::now();
        let (units_spent, units_ready) = {
            let mut bucket = lock(&self.bucket);
            bucket.refill(now);
            (bucket.spent, bucket.ready(now))
        };
        let head = lock(&self.interactive.head).or_else(|| *lock(&self.background.head));
        QuotaStatus {
            units_spent,
            units_ready,
            queued_interactive: self.interactive.queued.load(Ordering::Relaxed),
            queued_background: self.background.queued.load(Ordering::Relaxed),
            waiting: head.map(|head| QuotaWait {
                method: head.method,
                priority: head.priority,
                reason: head.reason,
                remaining: head.until.map(|until| until.saturating_duration_since(now)),
            }),
        }
    }

    fn try_spend(
        &self,
        method: Method,
        priority: Priority,
        has_project_turn: bool,
    ) -> Result<Attempt<'_>, QuotaBlocked> {
        let wait = |reason, until| Ok(Attempt::Wait(reason, until));
        let now = Instant::now();
        let mut bucket = lock(&self.bucket);
        if let Some(remaining) = bucket.pause_left(now) {
            if remaining > self.longest_pause {
                return Err(QuotaBlocked { remaining });
            }
            return wait(WaitReason::SlowDown, Until::Time(now + remaining));
        }
        if priority == Priority::Background && self.interactive.queued.load(Ordering::Acquire) > 0 {
            return wait(WaitReason::InteractiveFirst, Until::InteractiveDone);
        }
        let units = method.units();
        if let Some(time) = bucket.ready_at(now, units) {
            return wait(WaitReason::Allowance, Until::Time(time));
        }
        if let Some(project) = &self.project {
            // Nobody who stands in line is overtaken: without the turn, only a free one will do.
            let free_turn = project.turn.try_lock();
            let mut project_bucket = lock(&project.bucket);
            match project_bucket.ready_at(now, units) {
                None if has_project_turn || free_turn.is_ok() => project_bucket.spend(units),
                Some(time) if has_project_turn => {
                    return wait(WaitReason::ProjectAllowance, Until::Time(time));
                }
                _ => return wait(WaitReason::ProjectAllowance, Until::ProjectTurn(project)),
            }
        }
        bucket.spend(units);
        Ok(Attempt::Spent)
    }
}

enum Attempt<'a> {
    Spent,
    Wait(WaitReason, Until<'a>),
}

/// When to look again.
enum Until<'a> {
    Time(Instant),
    /// The interactive queue is empty.
    InteractiveDone,
    /// Our turn at the project's allowance has come.
    ProjectTurn(&'a ProjectQuota),
}

impl Until<'_> {
    fn time(&self) -> Option<Instant> {
        match self {
            Self::Time(time) => Some(*time),
            Self::InteractiveDone | Self::ProjectTurn(_) => None,
        }
    }
}

/// One queue: callers stand in line for `turn`, which tokio hands out in order.
#[derive(Debug, Default)]
struct Line {
    turn: tokio::sync::Mutex<()>,
    queued: AtomicU32,
    head: Mutex<Option<Waiting>>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    method: Method,
    priority: Priority,
    reason: WaitReason,
    until: Option<Instant>,
}

/// A place in a [`Line`], given back when dropped.
struct Queued<'a> {
    line: &'a Line,
    /// Whom to tell when the interactive queue becomes empty.
    tell: Option<&'a Governor>,
}

impl<'a> Queued<'a> {
    fn join(line: &'a Line, tell: Option<&'a Governor>) -> Self {
        line.queued.fetch_add(1, Ordering::AcqRel);
        Self { line, tell }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let was_last = self.line.queued.fetch_sub(1, Ordering::AcqRel) == 1;
        if let (true, Some(governor)) = (was_last, self.tell) {
            governor.interactive_done.notify_waiters();
        }
    }
}

/// The head of a [`Line`]: what it waits for is shown until it is dropped.
struct Head<'a> {
    line: &'a Line,
}

impl Head<'_> {
    fn show(&self, waiting: Waiting) {
        *lock(&self.line.head) = Some(waiting);
    }
}

impl Drop for Head<'_> {
    fn drop(&mut self) {
        *lock(&self.line.head) = None;
    }
}

/// A token bucket in units.
#[derive(Debug)]
struct Bucket {
    units: f64,
    capacity: f64,
    per_second: f64,
    /// Up to when `units` has been filled; in the future while a pause lasts.
    filled: Instant,
    spent: u64,
}

impl Bucket {
    fn new(limits: QuotaLimits) -> Self {
        let allowance = f64::from(limits.units_per_minute.max(1));
        let share = limits.share.clamp(0.01, 1.0);
        let capacity = allowance * limits.burst.clamp(0.001, 1.0);
        Self { units: capacity, capacity, per_second: allowance * share / 60.0, filled: Instant::now(), spent: 0 }
    }

    fn refill(&mut self, now: Instant) {
        if let Some(elapsed) = now.checked_duration_since(self.filled) {
            let filled = self.units + elapsed.as_secs_f64() * self.per_second;
            self.units = filled.min(self.capacity);
            self.filled = now;
        }
    }

    /// When so many units will be there, `None` if now. A call that costs more than the
    /// bucket holds waits for a full one, and leaves a debt.
    fn ready_at(&mut self, now: Instant, units: u32) -> Option<Instant> {
        self.refill(now);
        let missing = f64::from(units).min(self.capacity) - self.units;
        // What binary fractions lose must not cost another turn.
        (missing > 1e-6).then(|| now + Duration::from_secs_f64(missing / self.per_second))
    }

    fn spend(&mut self, units: u32) {
        self.units -= f64::from(units);
        self.spent += u64::from(units);
    }

    fn pause(&mut self, now: Instant, pause: Duration) {
        self.refill(now);
        self.units = self.units.min(0.0);
        // A day stands for "very long": it keeps the clock from overflowing.
        self.filled = self.filled.max(now + pause.min(Duration::from_secs(86_400)));
    }

    fn pause_left(&self, now: Instant) -> Option<Duration> {
        self.filled.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    fn ready(&self, now: Instant) -> u32 {
        if self.pause_left(now).is_some() {
            return 0;
        }
        // Saturating: a debt is 0 units.
        self.units as u32
    }
}

/// Nothing in here can panic halfway, so a poisoned lock still guards sound data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
