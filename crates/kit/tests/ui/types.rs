use kafka_trial::{FromTrial, Trial};

struct Shop;

fn fixture<T: FromTrial>() {}

fn main() {
    fixture::<Shop>();
    Trial::run(async |_| 7);
}
