use std::sync::atomic::AtomicBool;
use std::thread;

use proptest::prelude::*;

use super::*;

#[test]
fn a_charge_up_to_the_limit_fits_and_one_more_does_not() {
    let budget = Budget::root("host", 10);
    budget.charge(10).unwrap();
    assert_eq!(budget.charge(1), Err(Exceeded { budget: "host".into(), asked: 1, used: 10, limit: 10 }));
    budget.charge(0).unwrap();
    budget.release(4);
    assert_eq!(budget.used(), 6);
    budget.charge(4).unwrap();
}

#[test]
fn a_refusal_names_the_budget_that_is_full_and_leaves_nothing_charged() {
    let host = Budget::root("host", 1000);
    let plan = host.child("plan", 10);
    let app = plan.child("app", 100);
    let sandbox = app.child("sandbox", Budget::UNLIMITED);
    let refused = sandbox.charge(11).unwrap_err();
    assert_eq!(&*refused.budget, "plan");
    assert_eq!(refused.to_string(), "the limit of plan is reached: 11 more asked for, 0 of 10 in use");
    for budget in [&host, &plan, &app, &sandbox] {
        assert_eq!(budget.used(), 0, "{}", budget.name());
    }
}

#[test]
fn siblings_share_their_parents_room() {
    let plan = Budget::root("plan", 10);
    let (one, two) = (plan.child("one", 10), plan.child("two", 10));
    one.charge(7).unwrap();
    assert_eq!(two.charge(4).unwrap_err().used, 7);
    two.charge(3).unwrap();
    assert_eq!((one.used(), two.used(), plan.used()), (7, 3, 10));
}

#[test]
fn amounts_beyond_64_bits_are_refused_and_not_wrapped() {
    let budget = Budget::root("host", Budget::UNLIMITED);
    budget.charge(u64::MAX).unwrap();
    assert_eq!(budget.charge(1).unwrap_err().used, u64::MAX);
}

#[test]
fn a_lowered_limit_refuses_growth_only() {
    let budget = Budget::root("host", 10);
    let mut charge = budget.reserve(8).unwrap();
    budget.set_limit(5);
    assert_eq!((budget.used(), budget.limit()), (8, 5));
    charge.resize(9).unwrap_err();
    charge.resize(7).unwrap();
    assert!(budget.charge(1).is_err());
    charge.resize(4).unwrap();
    charge.resize(5).unwrap();
    assert_eq!(charge.amount(), 5);
    drop(charge);
    assert_eq!(budget.used(), 0);
}

#[test]
fn what_a_dropped_budget_still_held_goes_back() {
    let host = Budget::root("host", 10);
    let app = host.child("app", 10);
    let process = app.child("process", 10);
    process.charge(6).unwrap();
    app.charge(1).unwrap();
    drop(process);
    assert_eq!((app.used(), host.used()), (1, 1));
    drop(app);
    assert_eq!(host.used(), 0);
}

/// What a test does to one of the budgets of a tree.
#[derive(Debug, Clone, Copy)]
enum Act {
    Charge(usize, u64),
    Release(usize),
    Limit(usize, u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..5usize, 0..60u64).prop_map(|(at, amount)| Act::Charge(at, amount)),
        3 => (0..5usize).prop_map(Act::Release),
        1 => (0..5usize, 0..120u64).prop_map(|(at, limit)| Act::Limit(at, limit)),
    ];
    proptest::collection::vec(act, 0..200)
}

/// host <- app <- (left <- leaf, right): index 0 to 4.
fn tree() -> [Arc<Budget>; 5] {
    let host = Budget::root("host", 100);
    let app = host.child("app", 80);
    let (left, right) = (app.child("left", 60), app.child("right", 60));
    let leaf = left.child("leaf", 50);
    [host, app, left, right, leaf]
}

const PARENT: [Option<usize>; 5] = [None, Some(0), Some(1), Some(1), Some(2)];

proptest! {
    /// The tree answers as a model does that adds up every charge from scratch.
    #[test]
    fn agrees_with_a_model(acts in acts()) {
        let tree = tree();
        let mut limits = [100, 80, 60, 60, 50u64];
        let mut held: Vec<(usize, u64)> = Vec::new();
        let above = |at: usize| std::iter::successors(Some(at), |at| PARENT[*at]).collect::<Vec<_>>();
        for act in acts {
            let used = |level: usize, held: &[(usize, u64)]| -> u64 {
                held.iter().filter(|(at, _)| above(*at).contains(&level)).map(|(_, amount)| amount).sum()
            };
            match act {
                Act::Charge(at, amount) => {
                    let full = above(at).into_iter().find(|level| {
                        amount > 0 && used(*level, &held) + amount > limits[*level]
                    });
                    match (tree[at].charge(amount), full) {
                        (Ok(()), None) => held.push((at, amount)),
                        (Err(exceeded), Some(level)) => prop_assert_eq!(&*exceeded.budget, tree[level].name()),
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                Act::Release(index) => {
                    if !held.is_empty() {
                        let (at, amount) = held.swap_remove(index % held.len());
                        tree[at].release(amount);
                    }
                }
                Act::Limit(at, limit) => {
                    limits[at] = limit;
                    tree[at].set_limit(limit);
                }
            }
            for (level, budget) in tree.iter().enumerate() {
                prop_assert_eq!(budget.used(), used(level, &held));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever threads do at once: no level is ever seen over its limit, and at the end all is given back.
    #[test]
    fn holds_under_concurrency(plans in proptest::collection::vec(
        proptest::collection::vec((2..5usize, 1..40u64), 1..300), 2..5)) {
        let tree = &tree();
        let done = AtomicBool::new(false);
        let over = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut over = None;
                while !done.load(Ordering::Acquire) && over.is_none() {
                    over = tree.iter().find(|level| level.used() > level.limit());
                    thread::yield_now();
                }
                over
            });
            let workers: Vec<_> = plans
                .iter()
                .map(|plan| scope.spawn(move || {
                    let mut held = std::collections::VecDeque::new();
                    for (at, amount) in plan {
                        held.extend(tree[*at].reserve(*amount).ok());
                        if held.len() > 2 {
                            held.pop_front();
                        }
                    }
                }))
                .collect();
            for worker in workers {
                worker.join().unwrap();
            }
            done.store(true, Ordering::Release);
            watcher.join().unwrap()
        });
        prop_assert!(over.is_none(), "{:?} was seen over its limit", over);
        for level in tree {
            prop_assert_eq!(level.used(), 0, "{}", level.name());
        }
    }
}
