//! Tables read as the one that a schema comes from.

use super::labels::Meaning;
use super::{Column, Csv, Target};
use crate::{ColumnAt, Missing, Outputs, Schema};

impl Csv {
    /// A reader for another table like the one that a schema comes from, such as that of a model: the same inputs and targets, found by their
    /// names where they have some, in the same order; other columns do not matter. [`RawTable::prepared`](crate::RawTable::prepared) does the rest. `None` if the schema
    /// comes from no table, or its targets from another file.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let train = "id,size,colour,kind\n1,1,red,a\n2,2,blue,b\n";
    /// let csv = Csv::classification("kind").without("id").text_as_categories();
    /// let train = csv.read::<f64>(train.as_bytes())?.standardised()?;
    ///
    /// let test = "size,colour,kind\n3,red,b\n";
    /// let csv = Csv::of(train.schema()).unwrap();
    /// let test = csv.read_table::<f64>(test.as_bytes())?.prepared(train.schema())?;
    /// assert_eq!(test.inputs().data(), [3.0, -1.0, 1.0]);
    /// assert_eq!(test.labels(), Some([1].as_slice()));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    pub fn of(schema: &Schema) -> Option<Self> {
        let layout = schema
            .layout()
            .filter(|layout| !layout.targets.is_empty())?;
        let at = |column: &ColumnAt| match &column.name {
            Some(name) => Column::Name(name.clone()),
            None => Column::Number(column.number),
        };
        let targets: Vec<Column> = layout.targets.iter().map(at).collect();
        let target = match schema.outputs() {
            Outputs::Values { .. } => Target::Values(targets),
            Outputs::Classes { count, names } => {
                let meaning = match names.is_empty() {
                    true => Meaning::Found { least: *count },
                    false => Meaning::Announced {
                        names: names.clone(),
                        numbers: true,
                    },
                };
                Target::Label(targets.into_iter().next()?, meaning)
            }
        };
        let mut csv = Self::new(target);
        // Without names the numbers of the inputs are those that are left.
        let inputs: Vec<Column> = match schema.input_names() {
            Some(names) => names.iter().map(Column::from).collect(),
            None => {
                let whole = layout.whole(schema.inputs());
                let kept = layout.inputs(schema.inputs(), whole)?;
                kept.into_iter().map(Column::Number).collect()
            }
        };
        for (number, column) in inputs.into_iter().enumerate() {
            let encoding = schema.encoding(number);
            if encoding.values().is_some() {
                csv.categories.push(column.clone());
            }
            if encoding.may_be_missing() {
                csv.missing = Missing::Mean;
            }
            csv.chosen.push(column);
        }
        Some(csv)
    }
}
