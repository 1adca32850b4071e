//! Chance without a random source: the same seed means the same harm for ever.

use crate::event::ConnId;

/// What chance depends on within a session: its seed, and the number of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// The session's: `--seed`.
    pub seed: u64,
    /// The connection.
    pub conn: ConnId,
}

impl Chance {
    /// What is drawn for the fault at this position.
    pub(super) fn of_fault(self, position: u32) -> Draws {
        let words = [self.seed, self.conn.0, position.into()];
        Draws(words.into_iter().fold(0, |key: u64, word| mix(key.wrapping_add(GAMMA) ^ word)))
    }
}

/// The numbers of `SplitMix64`, each found by its index without those before it: Guy L. Steele Jr., Doug Lea and Christine
/// H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws(u64);

/// The odd number nearest to 2^64 divided by the golden ratio.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draws {
    /// Which index draws whether a connection is chosen: no byte has this offset.
    pub(super) const OF_CONNECTION: u64 = u64::MAX;

    /// The number with this index, uniform over all 64 bits.
    pub(super) fn at(self, index: u64) -> u64 {
        mix(self.0.wrapping_add(GAMMA.wrapping_mul(index.wrapping_add(1))))
    }

    /// The number with this index, uniform from 0 to `most`.
    pub(super) fn up_to(self, index: u64, most: u64) -> u64 {
        let scaled = u128::from(self.at(index)) * (u128::from(most) + 1);
        (scaled >> 64) as u64
    }
}

/// David Stafford's "variant 13" of the finalizer of `MurmurHash3`, as `SplitMix64` has it.
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let of_seed = |seed| [0, 1, 2, 3].map(|index| Draws(seed).at(index));
        assert_eq!(of_seed(0)[0], 0xe220_a839_7b1d_cdaf);
        assert_eq!(
            of_seed(1_234_567),
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431
            ]
        );
    }

    #[test]
    fn a_seed_means_the_same_for_ever() {
        let draw =
            |seed, conn, position, index| Chance { seed, conn: ConnId(conn) }.of_fault(position).at(index);
        assert_eq!(
            [draw(0, 1, 0, 0), draw(42, 1, 0, 0), draw(42, 2, 0, 0), draw(42, 1, 1, 0), draw(42, 1, 0, 1)],
            [
                15_060_180_617_161_591_093,
                1_581_913_778_274_440_802,
                3_091_414_193_591_306_594,
                12_426_040_502_186_060_602,
                4_505_100_905_534_451_590
            ]
        );
    }

    #[test]
    fn a_number_up_to_another_takes_all_values_equally_often() {
        let mut counts = [0_u32; 7];
        for index in 0..70_000 {
            counts[usize::try_from(Draws(1).up_to(index, 6)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
        assert_eq!((Draws(1).up_to(3, 0), Draws(1).up_to(3, u64::MAX)), (0, Draws(1).at(3)));
    }
}
