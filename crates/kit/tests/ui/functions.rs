#[kafka_trial::test]
fn a_function_that_is_not_async() {}

#[kafka_trial::test]
async fn a_generic_function<T>() {}

#[kafka_trial::test]
#[test]
async fn two_test_attributes() {}

#[kafka_trial::test]
#[should_panic]
async fn a_panic_and_a_result() -> kafka_trial::Result {
    Ok(())
}

struct Shop;

impl Shop {
    #[kafka_trial::test]
    async fn a_method(&self) {}
}

#[kafka_trial::test]
struct NoFunction;

#[kafka_trial::test]
async unsafe fn an_unsafe_function() {}

fn main() {}
