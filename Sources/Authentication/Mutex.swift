internal import RegistryCore

/// Not the standard library's; why, it says there.
typealias Mutex<Value: ~Copyable> = CMutex<Value>
