//! What goes into a report.

use gradflow::optim::Rule;
use gradflow::{Dataset, Epoch, History, Model, Real, Samples};
use maud::html;

use crate::activations::activations;
use crate::boundary::boundary;
use crate::classes::{confusion, ranking};
use crate::curves::{curves, outcome, timings};
use crate::distributions::distributions;
use crate::importance::importance;
use crate::network::{filters, network};
use crate::page::page;
use crate::recorder::{Frame, Recorder};
use crate::samples::worst;
use crate::section::{Section, facts};
use crate::stability::stability;
use crate::subject::Subject;
use crate::text::{count, number, whole};
use crate::values::values;
use crate::{ReportError, classes};

/// A trained model as one page of HTML: [`Report::to_html`].
///
/// The page needs no network and no script; it follows the reader's light or dark mode, can be read on a phone and printed. What is not
/// handed over has no section.
///
/// | section | needs |
/// |---|---|
/// | the model, its network, the weights of its first layer, how its weights are distributed | nothing |
/// | learning curves | [`history`](Report::history), or a model that keeps its [`record`](Model::record) |
/// | timings | [`history`](Report::history) or [`timing`](Report::timing) |
/// | scores, confusion, ROC, calibration, worst samples, activations, importance of columns | [`evaluate`](Report::evaluate) |
/// | weights and gradients over epochs, decision boundary over epochs | [`recorder`](Report::recorder) |
/// | stability | [`rule`](Report::rule) and data |
/// | the experiment | [`experiment`](Report::experiment) |
///
/// ```
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Run};
/// use gradflow_report::{Recorder, Report};
///
/// // The exclusive or.
/// let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let data = Dataset::<f32>::classification(2, inputs, vec![0, 1, 1, 0], 2)?;
/// let network = Network::builder(2).dense(8, Activation::Tanh).dense(2, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::classification(), 1)?;
///
/// let mut recorder = Recorder::default();
/// let protocol = Protocol::new(Adam::new(0.05)).epochs(50).batch(4);
/// let history = Run::new(protocol, &mut model, &data)?.watch(&mut recorder).finish()?;
///
/// let page = Report::new(&model)
///     .title("Exclusive or")
///     .date("2026-11-28")
///     .history(&history)
///     .recorder(&recorder)
///     .evaluate(&data)
///     .to_html()?;
/// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Decision boundary"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a report is written by `to_html`"]
pub struct Report<'a, T: Real> {
    model: &'a Model<T>,
    title: String,
    date: Option<String>,
    facts: Vec<(String, String)>,
    history: Option<&'a History>,
    samples: Option<Samples<'a, T>>,
    sample: usize,
    training: Option<&'a Dataset<T>>,
    recorder: Option<&'a Recorder<T>>,
    rule: Option<&'a Rule>,
    timings: Vec<(String, f64)>,
    experiment: Option<String>,
}

impl<'a, T: Real> Report<'a, T> {
    /// A report of a model alone.
    pub fn new(model: &'a Model<T>) -> Self {
        Self {
            model,
            title: "A gradflow model".to_owned(),
            date: None,
            facts: Vec::new(),
            history: None,
            samples: None,
            sample: 0,
            training: None,
            recorder: None,
            rule: None,
            timings: Vec::new(),
            experiment: None,
        }
    }

    /// What the report is of.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// When it was made, in any form; the page asks no clock.
    pub fn date(mut self, date: impl Into<String>) -> Self {
        self.date = Some(date.into());
        self
    }

    /// One more row of the first table, such as the file of the data.
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((name.into(), value.into()));
        self
    }

    /// The run that trained the model: learning curves and timings.
    pub fn history(mut self, history: &'a History) -> Self {
        self.history = Some(history);
        self
    }

    /// The data that the model is judged on, best such as it was not trained on: `&Dataset`, or [`Samples`] with weights.
    pub fn evaluate(mut self, data: impl Into<Samples<'a, T>>) -> Self {
        self.samples = Some(data.into());
        self
    }

    /// The sample of the evaluated data, counted from 0, that is followed layer by layer; the first unless this is called.
    pub fn sample(mut self, sample: usize) -> Self {
        self.sample = sample;
        self
    }

    /// The data that the model was trained on, for gradients and curvature; the evaluated ones stand in for them.
    pub fn training(mut self, data: &'a Dataset<T>) -> Self {
        self.training = Some(data);
        self
    }

    /// What was recorded during the run.
    pub fn recorder(mut self, recorder: &'a Recorder<T>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// The update rule of the run, `protocol.descent.rule`: whether its steps are stable on the curvature of the cost.
    pub fn rule(mut self, rule: &'a Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// How many seconds something took, beside what the history says.
    pub fn timing(mut self, what: impl Into<String>, seconds: f64) -> Self {
        self.timings.push((what.into(), seconds));
        self
    }

    /// The text of the experiment's file, such as `Experiment::to_text` gives.
    pub fn experiment(mut self, text: impl Into<String>) -> Self {
        self.experiment = Some(text.into());
        self
    }

    /// Computes what is asked for, and writes the page.
    ///
    /// # Errors
    /// [`ReportError::Model`] if the data do not go with the model, [`ReportError::Sample`] if there is no such sample; the others if
    /// numbers cannot be drawn.
    pub fn to_html(&self) -> Result<String, ReportError> {
        let of = |part| move |error| ReportError::Model { part, error };
        let subject = self
            .samples
            .as_ref()
            .map(|samples| Subject::new(self.model, samples));
        let subject = subject.transpose().map_err(of("evaluated"))?;
        let mut sections = vec![self.overview(subject.as_ref())];
        sections.extend(self.learning()?);
        if let Some(subject) = &subject {
            sections.extend(self.judged(subject)?);
        }
        sections.push(network(self.model));
        let columns = subject.as_ref().map(Subject::columns);
        sections.extend(filters(self.model, columns.as_deref())?);
        if let Some(subject) = &subject {
            sections.push(activations(subject, self.sample)?);
        }
        let data = self
            .training
            .or_else(|| subject.as_ref().map(|subject| subject.data));
        // Statistics over a batch need more than one sample.
        let least = self.model.network().spec().least_samples;
        let data = data.filter(|data| data.len() >= least);
        sections.extend(distributions(self.model, self.frames(), data)?);
        if let Some((rule, data)) = self.rule.zip(data) {
            sections.extend(stability(self.model, rule, data)?);
        }
        sections.extend(timings(self.history, &self.timings)?);
        sections.extend(self.experiment.as_deref().map(experiment));
        Ok(page(&self.title, self.date.as_deref(), &sections))
    }

    fn frames(&self) -> &[Frame<T>] {
        self.recorder.map_or(&[], Recorder::frames)
    }

    /// What the model is, and how good.
    fn overview(&self, subject: Option<&Subject<'_, T>>) -> Section {
        let network = self.model.network();
        let mut rows = vec![
            ("input".to_owned(), network.input().to_string()),
            ("output".to_owned(), network.output().to_string()),
            (
                "size".to_owned(),
                count(network.parameters(), "parameter", "parameters"),
            ),
            ("cost".to_owned(), self.model.cost().to_string()),
        ];
        rows.extend(outcome(self.history, self.model.record()));
        rows.extend(self.facts.iter().cloned());
        let judged = subject.map(|subject| {
            let mut rows = vec![
                ("samples".to_owned(), whole(subject.data.len())),
                (
                    "mean cost of a sample".to_owned(),
                    number(subject.evaluation.cost),
                ),
            ];
            rows.extend(classes::rows(subject));
            rows
        });
        let body = html! {
            div.beside {
                @if let Some(judged) = judged { (facts("On the evaluated data", &judged)) }
                (facts("The model and its training", &rows))
            }
        };
        Section::new("overview", "Overview", body)
    }

    fn learning(&self) -> Result<Option<Section>, ReportError> {
        let record = self.model.record();
        let epochs: &[Epoch] = match (self.history, record) {
            (Some(history), _) => &history.epochs,
            (None, Some(record)) => &record.epochs,
            (None, None) => &[],
        };
        let best = match self.history {
            Some(history) => history.best,
            None => record.and_then(|record| record.best),
        };
        curves(epochs, best)
    }

    /// The sections about the evaluated data.
    fn judged(&self, subject: &Subject<'_, T>) -> Result<Vec<Section>, ReportError> {
        let samples = subject.data.len();
        if self.sample >= samples {
            let sample = self.sample;
            return Err(ReportError::Sample { sample, samples });
        }
        let sections = [
            confusion(subject),
            ranking(subject)?,
            values(subject)?,
            worst(subject)?,
            importance(subject)?,
            boundary(subject, self.frames())?,
        ];
        Ok(sections.into_iter().flatten().collect())
    }
}

fn experiment(text: &str) -> Section {
    let body = html! { pre tabindex="0" { code { (text) } } };
    Section::new("experiment", "The experiment", body)
}
