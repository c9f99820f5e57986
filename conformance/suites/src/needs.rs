//! What must be on the machine for a suite to run.

/// A program, and how to come by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    program: &'static str,
    remedy: &'static str,
}

/// kcat 1.7.
pub(crate) const KCAT: Need = Need { program: "kcat", remedy: "apt-get install kcat, or brew install kcat" };
/// A C compiler.
pub(crate) const CC: Need = Need { program: "cc", remedy: "install a C compiler" };
/// A C++ compiler.
pub(crate) const CXX: Need = Need { program: "c++", remedy: "install a C++ compiler" };
/// make.
pub(crate) const MAKE: Need = Need { program: "make", remedy: "install GNU make" };
/// Go.
pub(crate) const GO: Need = Need { program: "go", remedy: "install Go 1.24 or newer" };
/// A Java runtime.
pub(crate) const JAVA: Need = Need { program: "java", remedy: "install a JDK of 17 or newer" };
/// Maven, which brings Kafka's jars.
pub(crate) const MAVEN: Need = Need { program: "mvn", remedy: "install Maven 3.6 or newer" };

impl Need {
    /// None when it is there, else a sentence that says what to do.
    pub(crate) fn missing(&self) -> Option<String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).any(|folder| folder.join(self.program).is_file());
        (!found).then(|| format!("{} is not installed: {}", self.program, self.remedy))
    }
}
