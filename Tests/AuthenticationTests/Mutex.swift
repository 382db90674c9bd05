import Synchronization

/// Not the one of the module under test: `import Synchronization` is enough here.
typealias Mutex<Value: ~Copyable> = Synchronization.Mutex<Value>
