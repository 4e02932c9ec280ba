//! Names that a message offers for one that is not known.

/// These names, the nearest to `name` first; of equals, the earlier one. Capitals and small letters count as the same.
///
/// ```
/// use gradflow_tensor::names;
///
/// assert_eq!(names::by_distance("0.wieght", ["0.bias", "0.weight"]), ["0.weight", "0.bias"]);
/// ```
pub fn by_distance<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = distances(name, known);
    names.sort_by_key(|(distance, _)| *distance); // stable
    names.into_iter().map(|(_, name)| name).collect()
}

/// The name that was probably meant: the nearest one, if at most two letters in five of the longer name differ.
///
/// ```
/// use gradflow_tensor::names;
///
/// assert_eq!(names::meant("Specis", ["length", "species"]), Some("species"));
/// assert_eq!(names::meant("colour", ["length", "species"]), None);
/// ```
pub fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let nearest = distances(name, known);
    let (distance, nearest) = nearest.into_iter().min_by_key(|(distance, _)| *distance)?;
    let longer = name.chars().count().max(nearest.chars().count());
    (5 * distance <= 2 * longer).then_some(nearest)
}

/// Letters of a name that are looked at: one beyond any sense would only take time.
const MOST: usize = 100;

fn distances<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    let name: Vec<char> = name.to_lowercase().chars().take(MOST).collect();
    let known = known.into_iter();
    known
        .map(|known| (distance(&name, &known.to_lowercase()), known))
        .collect()
}

/// How many letters have to be put in, left out or changed (Levenshtein's distance), row by row.
fn distance(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (j, b) in b.chars().take(MOST).enumerate() {
        let mut diagonal = row[0];
        row[0] = j + 1;
        for (i, a) in a.iter().enumerate() {
            let changed = diagonal + usize::from(*a != b);
            diagonal = row[i + 1];
            row[i + 1] = changed.min(diagonal + 1).min(row[i] + 1);
        }
    }
    row[a.len()]
}
