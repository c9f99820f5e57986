//! The largest number of pairs that can be made of two lists.

/// For each on the left, the ones on the right that it can be paired with; the answer is the partner of each on the right.
pub(super) fn largest(left: &[Vec<usize>], right: usize) -> Vec<Option<usize>> {
    let mut partners = vec![None; right];
    for start in 0..left.len() {
        let mut tried = vec![false; right];
        // The way to here: who asks, and which of its wishes comes next. No recursion: lists may be long.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((asker, wish)) = way.last_mut() {
            let Some(wanted) = left.get(*asker).and_then(|wishes| wishes.get(*wish)).copied() else {
                way.pop();
                continue;
            };
            *wish += 1;
            match tried.get_mut(wanted) {
                Some(tried) if !*tried => *tried = true,
                _ => continue,
            }
            match partners.get(wanted).copied().flatten() {
                Some(taken) => way.push((taken, 0)),
                None => {
                    for (asker, wish) in way.drain(..) {
                        let wanted = left.get(asker).and_then(|wishes| wishes.get(wish.saturating_sub(1))).copied();
                        if let Some(partner) = wanted.and_then(|wanted| partners.get_mut(wanted)) {
                            *partner = Some(asker);
                        }
                    }
                }
            }
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greedy_choice_is_taken_back() {
        assert_eq!(largest(&[vec![0, 1], vec![0]], 2), [Some(1), Some(0)]);
        assert_eq!(largest(&[vec![0], vec![0]], 1).iter().flatten().count(), 1);
        assert_eq!(largest(&[], 2), [None, None]);
    }
}
