import RegistryCore

/// As in the modules themselves.
typealias Mutex<Value: ~Copyable> = CMutex<Value>
