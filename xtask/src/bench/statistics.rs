//! What is made of the samples.

/// The median: the middle one, or the mean of the two in the middle. `None` for no samples.
pub(crate) fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

/// How far the sample that is farthest from the mean is from it, as a fraction of the mean. `None` for no
/// samples, or where the mean is 0.
pub(crate) fn spread(samples: &[f64]) -> Option<f64> {
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let farthest = samples.iter().map(|sample| (sample - mean).abs()).max_by(f64::total_cmp)?;
    (mean > 0.0).then(|| farthest / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_slow_round_does_not_move_the_median() {
        assert_eq!(median(&[10.0, 10.0, 900.0, 11.0, 10.0, 11.0, 10.0]), Some(10.0));
    }

    #[test]
    fn the_spread_is_the_largest_distance_to_the_mean() {
        assert_eq!(spread(&[1.0, 1.0, 4.0]), Some(1.0));
        assert_eq!(spread(&[2.0, 2.0]), Some(0.0));
        assert_eq!(spread(&[0.0, 0.0]), None);
        assert_eq!(spread(&[]), None);
    }
}
