//! Tensors, their views, and batches.

use gradflow_tensor::strategies::{shape, tensor};
use gradflow_tensor::{
    Batch, BatchError, BatchMut, Shape, Tensor, Tensor3, TensorError, TensorView,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn an_element_is_found_where_it_was_put(s in shape([4, 5, 6])) {
        let t = Tensor3::from_fn(s, |index| index);
        for (index, element) in t.indexed_iter() {
            prop_assert_eq!(index, *element);
            prop_assert_eq!(t.get(index), Some(&index));
            prop_assert_eq!(t[index], index);
            prop_assert_eq!(t.view()[index], index);
        }
        prop_assert_eq!(t.indexed_iter().len(), s.len());
        prop_assert_eq!(t.get(s.dims()), None);
    }

    #[test]
    fn writing_changes_one_element(mut t in tensor([3, 4, 5], 0..100_i32), at: prop::sample::Index) {
        let old = t.clone();
        let i = at.index(t.shape().len());
        let index = t.shape().unflatten(i).unwrap();
        *t.get_mut(index).unwrap() = -1;
        t[index] -= 1;
        for (j, (new, old)) in t.as_slice().iter().zip(old.as_slice()).enumerate() {
            prop_assert_eq!(*new, if i == j { -2 } else { *old });
        }
        let outside = t.shape().dims();
        prop_assert!(t.get_mut(outside).is_none());
    }

    /// `view.at(i).get(rest) == view.get([i, rest])`, on every rank with sub-views.
    #[test]
    fn a_sub_view_fixes_the_first_index(t in tensor([3, 3, 3, 3, 3], 0..1000_i32)) {
        let view = t.view();
        for ([i, j, k, l, m], element) in t.indexed_iter() {
            let r4 = view.at(i).unwrap();
            let r3 = r4.at(j).unwrap();
            let r2 = r3.at(k).unwrap();
            let r1 = r2.at(l).unwrap();
            prop_assert_eq!(r4.get([j, k, l, m]), Some(element));
            prop_assert_eq!(r3.get([k, l, m]), Some(element));
            prop_assert_eq!(r2.get([l, m]), Some(element));
            prop_assert_eq!(r1.get([m]), Some(element));
        }
        let n = t.shape().dims()[0];
        prop_assert_eq!(view.at(n), None);
        prop_assert_eq!(view.at(usize::MAX), None);
        prop_assert_eq!(view.outer_iter().len(), n);
        let joined: Vec<i32> = view.outer_iter().flat_map(|part| part.as_slice().to_vec()).collect();
        prop_assert_eq!(joined, t.as_slice());
    }

    #[test]
    fn reshape_and_back_is_the_identity(t in tensor([4, 5, 6], 0..1000_i32)) {
        let [d, v, h] = t.shape().dims();
        let there = t.clone().reshape(Shape::new([d * v, h])?)?;
        prop_assert_eq!(there.as_slice(), t.as_slice());
        prop_assert_eq!(&there.reshape(t.shape())?, &t);

        let flat = t.clone().flatten();
        prop_assert_eq!(flat.shape().dims(), [t.shape().len()]);
        for (index, element) in t.indexed_iter() {
            prop_assert_eq!(flat[[t.shape().flatten(index).unwrap()]], *element);
        }
        prop_assert_eq!(flat.reshape(t.shape())?, t);
    }

    #[test]
    fn a_wrong_number_of_elements_is_refused(s in shape([4, 4]), len in 0..20_usize) {
        let data = vec![0_u8; len];
        let result = Tensor::from_vec(s, data.clone());
        if len == s.len() {
            prop_assert_eq!(result.unwrap().into_vec(), data);
        } else {
            let error = TensorError::Length { dims: s.dims().to_vec(), expected: s.len(), len };
            prop_assert_eq!(result, Err(error.clone()));
            prop_assert_eq!(TensorView::new(s, &data), Err(error.clone()));
            prop_assert_eq!(Batch::single(&data).ok().and_then(|b| b.tensors(s).err()), (len > 0).then_some(error));
        }
    }

    /// The samples of a batch are the parts along the first axis of the tensor that it came from.
    #[test]
    fn a_tensor_is_a_batch_of_its_parts(t in tensor([5, 2, 3, 4], 0..1000_i32)) {
        let [n, d, v, h] = t.shape().dims();
        let batch = t.as_batch();
        prop_assert_eq!(batch.samples(), n);
        prop_assert_eq!(batch.sample(n), None);
        let samples = batch.tensors(Shape::new([d, v, h])?)?;
        prop_assert_eq!(samples.len(), n);
        for (s, sample) in samples.enumerate() {
            prop_assert_eq!(Some(sample), t.view().at(s));
            prop_assert_eq!(Some(sample.as_slice()), batch.sample(s));
            let owned = sample.to_tensor();
            prop_assert_eq!(owned.view(), sample);
        }
        prop_assert_eq!(batch.into_iter().flatten().copied().collect::<Vec<_>>(), t.into_vec());
    }

    #[test]
    fn a_batch_has_whole_samples(len in 0..30_usize, size in 0..8_usize) {
        let mut data = vec![0_u8; len];
        let expected = match len.checked_rem(size) {
            None => Err(BatchError::ZeroSize),
            Some(0) => Ok(len / size),
            Some(_) => Err(BatchError::Partial { len, size }),
        };
        prop_assert_eq!(Batch::new(&data, size).map(|b| b.samples()), expected.clone());
        prop_assert_eq!(BatchMut::new(&mut data, size).map(|b| b.samples()), expected);
    }
}

#[test]
fn batches_write_through() {
    let mut data = [1, 2, 3, 4, 5, 6];
    let mut batch = BatchMut::new(&mut data, 2).unwrap();
    for sample in batch.reborrow().iter_mut() {
        sample.swap(0, 1);
    }
    assert_eq!(batch.as_batch().sample(2), Some([6, 5].as_slice()));
    assert_eq!(batch.size(), 2);
    assert_eq!(data, [2, 1, 4, 3, 6, 5]);
}

#[test]
fn columns_take_the_front_of_a_buffer() {
    let mut data = [1, 2, 3, 4, 5, 6, 7];
    let shape = Shape::new([1, 2]).unwrap();
    assert_eq!(shape.columns(&data, 3).data(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(shape.columns_mut(&mut data, 2).data(), [1, 2, 3, 4]);
    assert_eq!(shape.columns(&data, 0).samples(), 0);
}

#[test]
fn a_scalar_is_a_batch_of_one() {
    let t = Tensor::from_vec(Shape::new([]).unwrap(), vec![3]).unwrap();
    assert_eq!(t.as_batch().samples(), 1);
}

#[test]
#[should_panic(expected = "index [0, 2] is out of range for shape 3x2")]
fn brackets_panic_like_a_slice() {
    let t = Tensor::from_vec(Shape::new([3, 2]).unwrap(), vec![0; 6]).unwrap();
    // Position 2 exists, but it belongs to index [1, 0].
    let _ = t[[0, 2]];
}
