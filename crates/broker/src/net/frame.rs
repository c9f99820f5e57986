//! A frame is a size in four bytes, then that many bytes.

use bytes::{Buf, Bytes, BytesMut};

/// The buffer for small frames, in bytes.
const STEP: usize = 64 * 1024;
/// The least room in which a frame of unknown size is awaited, in bytes.
const LEAST: usize = 4 * 1024;
/// The largest buffer for an announced size, in bytes: a frame with the largest batch that Kafka accepts by default.
const ANNOUNCED: usize = 1024 * 1024 + STEP;

/// An invalid size of a frame, which ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSize(pub(crate) i32);

/// The bytes that have arrived on a connection and are not handled yet.
///
/// A large frame gets its own buffer, without the bytes after it. Its bytes are never moved, and a stored batch does
/// not keep other frames in memory. The buffer of a frame above [`ANNOUNCED`] grows only as bytes arrive: it at most
/// doubles, whatever size is announced. Small frames share a buffer; it ends where a frame of the latest size ends, so
/// that frames of one size, such as full batches, are not moved either.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    buffer: BytesMut,
    /// The latest frame's size in bytes, its prefix included.
    latest: usize,
}

impl Frames {
    /// The room into which the next bytes are read.
    pub(crate) fn room(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Removes and returns the next whole frame, without its size. Returns `Ok(None)` when more bytes are needed, after
    /// making room for them.
    pub(crate) fn next(&mut self, largest: usize) -> Result<Option<Bytes>, BadSize> {
        let Some(size) = self.buffer.first_chunk::<4>().map(|size| i32::from_be_bytes(*size)) else {
            if self.buffer.capacity() < self.latest.clamp(LEAST, STEP) {
                self.renew(STEP.next_multiple_of(self.latest.clamp(LEAST, STEP)));
            }
            return Ok(None);
        };
        let announced = size;
        let size = usize::try_from(announced).map_err(|_| BadSize(announced))?;
        if size > largest {
            return Err(BadSize(announced));
        }
        let whole = size + 4;
        self.latest = whole;
        if self.buffer.len() >= whole {
            self.buffer.advance(4);
            return Ok(Some(self.buffer.split_to(size).freeze()));
        }
        let room = whole.min(ANNOUNCED.max(2 * self.buffer.len()));
        if room <= STEP {
            if self.buffer.capacity() < room {
                self.renew(STEP.next_multiple_of(room.max(LEAST)));
            }
        } else if self.buffer.len() == self.buffer.capacity() || self.buffer.capacity() < room.min(ANNOUNCED) {
            self.renew(room);
        }
        Ok(None)
    }

    /// Moves the waiting bytes into a new buffer.
    fn renew(&mut self, capacity: usize) {
        let mut larger = BytesMut::with_capacity(capacity);
        larger.extend_from_slice(&self.buffer);
        self.buffer = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_frames_are_returned_one_by_one() {
        let mut frames = arrived(b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01");
        assert_eq!(frames.next(10), Ok(Some(Bytes::from_static(b"ab"))));
        assert_eq!(frames.next(10), Ok(Some(Bytes::new())));
        assert_eq!(frames.next(10), Ok(None));
    }

    #[test]
    fn a_negative_or_oversized_frame_is_refused() {
        assert_eq!(arrived(b"\xff\xff\xff\xff").next(10), Err(BadSize(-1)));
        assert_eq!(arrived(b"\0\0\0\x0b").next(10), Err(BadSize(11)));
    }

    #[test]
    fn an_announced_size_alone_allocates_no_memory() {
        let mut frames = arrived(b"\x06\0\0\0abcd");
        assert_eq!(frames.next(200 << 20), Ok(None));
        assert!(frames.buffer.capacity() <= ANNOUNCED, "{}", frames.buffer.capacity());
    }

    #[test]
    fn a_large_frame_has_its_own_buffer_and_is_never_moved() {
        let size = 1024 * 1024;
        let mut frames = Frames { buffer: BytesMut::with_capacity(STEP), latest: 0 };
        frames.room().extend_from_slice(&i32::try_from(size).unwrap().to_be_bytes());
        assert_eq!(frames.next(size), Ok(None));
        assert_eq!(frames.buffer.capacity(), size + 4);
        let place = frames.buffer.as_ptr();
        while frames.len() < size + 4 {
            frames.room().extend_from_slice(&[7; 1024]);
            if frames.len() < size + 4 {
                assert_eq!(frames.next(size), Ok(None));
                assert_eq!(frames.buffer.as_ptr(), place);
            }
        }
        let frame = frames.next(size).unwrap().unwrap();
        assert_eq!((frame.len(), frame.as_ptr()), (size, place.wrapping_add(4)));
        assert_eq!(frames.len(), 0);
    }

    #[test]
    fn a_huge_frame_arrives_whole_and_its_buffer_at_most_doubles() {
        let size = 5 * ANNOUNCED + 3;
        let mut frames = arrived(&i32::try_from(size).unwrap().to_be_bytes());
        while frames.next(size).unwrap().is_none() {
            let (len, capacity) = (frames.len(), frames.buffer.capacity());
            assert!(capacity <= (2 * len).max(ANNOUNCED), "{capacity} of {len}");
            assert!(capacity > len, "no room at {len}");
            frames.room().extend_from_slice(&vec![7; capacity - len]);
        }
        assert_eq!(frames.len(), 0);
    }

    /// As a socket does it: as many bytes as there is room for, but at most `most` at once.
    fn read(frames: &mut Frames, stream: &mut &[u8], most: usize) {
        let room = frames.buffer.capacity() - frames.len();
        assert!(room > 0, "no room for more bytes");
        let (now, rest) = stream.split_at(room.min(most).min(stream.len()));
        frames.room().extend_from_slice(now);
        *stream = rest;
    }

    #[test]
    fn frames_of_one_size_are_not_moved_and_share_buffers() {
        let size = 16_400;
        let frame = [&i32::try_from(size).unwrap().to_be_bytes()[..], &vec![7; size]].concat();
        for most in [1_000, 10_000, 30_000, 100_000] {
            let (bytes, mut frames) = (frame.repeat(100), Frames::default());
            let (mut stream, mut buffers, mut moved, mut count) = (&bytes[..], 0, 0, 0);
            while count < 100 {
                let (waiting, place) = (frames.len(), frames.buffer.as_ptr());
                match frames.next(size).unwrap() {
                    Some(_) => count += 1,
                    None => {
                        if frames.buffer.as_ptr() != place {
                            buffers += 1;
                            moved += waiting;
                        }
                        read(&mut frames, &mut stream, most);
                    }
                }
            }
            assert!(buffers <= 28 && moved <= 2 * size, "{most} at once: {buffers} buffers, {moved} bytes moved");
        }
    }

    proptest::proptest! {
        #[test]
        fn frames_of_all_sizes_arrive_as_they_were_sent(
            sizes in proptest::collection::vec(0_usize..3 * STEP, 1..40), most in 1_usize..2 * STEP,
        ) {
            let mut bytes = Vec::new();
            for (index, size) in sizes.iter().enumerate() {
                bytes.extend(i32::try_from(*size).unwrap().to_be_bytes());
                bytes.extend(std::iter::repeat_n(u8::try_from(index).unwrap(), *size));
            }
            let (mut stream, mut frames, mut seen) = (&bytes[..], Frames::default(), Vec::new());
            while seen.len() < sizes.len() {
                match frames.next(3 * STEP).unwrap() {
                    Some(frame) => {
                        let index = u8::try_from(seen.len()).unwrap();
                        proptest::prop_assert!(frame.iter().all(|byte| *byte == index));
                        seen.push(frame.len());
                    }
                    None => read(&mut frames, &mut stream, most),
                }
            }
            proptest::prop_assert_eq!(seen, sizes);
        }
    }

    fn arrived(bytes: &[u8]) -> Frames {
        Frames { buffer: BytesMut::from(bytes), latest: 0 }
    }
}
