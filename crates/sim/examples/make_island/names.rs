//! Names that could be said and are on no map.

use lapwing_sim::random::Random;

const HEADS: [&str; 30] = [
    "Al", "Bren", "Car", "Dun", "Ell", "Fen", "Gar", "Hal", "Ister", "Kel", "Lor", "Mar", "Nor",
    "Ost", "Pel", "Quen", "Ros", "Sel", "Tor", "Ul", "Vel", "Wen", "Yar", "Zen", "Bal", "Cor",
    "Der", "Fal", "Gren", "Hesk",
];
const MIDDLES: [&str; 12] = ["", "", "", "a", "e", "i", "o", "en", "er", "in", "la", "mo"];
const TAILS: [&str; 16] = [
    "wick", "mouth", "stead", "vane", "dale", "holm", "merrin", "quay", "ness", "bourne", "thorpe",
    "haven", "scar", "ley", "garth", "sand",
];

/// `count` different names.
pub(crate) fn towns(random: &mut Random, count: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    while names.len() < count {
        let name = [
            HEADS[random.index(HEADS.len())],
            MIDDLES[random.index(MIDDLES.len())],
            TAILS[random.index(TAILS.len())],
        ]
        .concat();
        let alike = names.iter().any(|other| other[..4] == name[..4]);
        if !alike && name.len() > 5 {
            names.push(name);
        }
    }
    names
}
