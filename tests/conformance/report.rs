//! What became of the cases, as a table by ID.

use appsvc_tests::cases::Case;

/// The outcomes so far.
pub(crate) struct Report<'a> {
    cases: Vec<Outcome<'a>>,
    hosts: Vec<String>,
}

struct Outcome<'a> {
    case: &'a Case,
    passed: usize,
    failures: Vec<String>,
}

impl<'a> Report<'a> {
    /// Nothing has been run yet.
    pub(crate) fn new(cases: &'a [Case]) -> Self {
        let cases = cases.iter().map(|case| Outcome { case, passed: 0, failures: Vec::new() });
        Self { cases: cases.collect(), hosts: Vec::new() }
    }

    /// The case at `index` was run once, in a `place` such as a guest and a version of HTTP.
    pub(crate) fn ran(&mut self, index: usize, place: &str, result: Result<(), String>) {
        if let Some(outcome) = self.cases.get_mut(index) {
            match result {
                Ok(()) => outcome.passed += 1,
                Err(error) => outcome.failures.push(format!("{place}: {error}")),
            }
        }
    }

    /// A host did something it should not, or is worth looking at because a case of it failed.
    pub(crate) fn host_failed(&mut self, message: String) {
        self.hosts.push(message);
    }

    /// Whether every case was run and passed, and every host stopped as it should.
    pub(crate) fn passed(&self) -> bool {
        self.hosts.is_empty() && self.cases.iter().all(Outcome::passed)
    }

    /// Writes the table and what failed to standard output.
    pub(crate) fn print(&self) {
        let mut cases: Vec<_> = self.cases.iter().collect();
        cases.sort_by_key(|outcome| &outcome.case.id);
        println!("\n{:<8}  {:<13}  behaviour", "ID", "outcome");
        for outcome in &cases {
            println!("{:<8}  {:<13}  {}", outcome.case.id, outcome.word(), outcome.case.title);
        }
        for outcome in cases.iter().filter(|outcome| !outcome.failures.is_empty()) {
            println!("\n{}: {}", outcome.case.id, outcome.case.title);
            outcome.failures.iter().for_each(|failure| println!("  {failure}"));
        }
        self.hosts.iter().for_each(|message| println!("\n{message}"));
        let runs: usize = self.cases.iter().map(|outcome| outcome.passed + outcome.failures.len()).sum();
        let failed: usize = self.cases.iter().map(|outcome| outcome.failures.len()).sum();
        println!("\nconformance: {} cases, {runs} runs, {failed} failed", self.cases.len());
    }
}

impl Outcome<'_> {
    fn passed(&self) -> bool {
        self.passed > 0 && self.failures.is_empty()
    }

    fn word(&self) -> String {
        match (self.passed, self.failures.len()) {
            (0, 0) => "NOT RUN".to_owned(),
            (runs, 0) => format!("passed ({runs})"),
            (passed, failed) => format!("FAILED ({failed}/{})", passed + failed),
        }
    }
}
