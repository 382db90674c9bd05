#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#endif

/// A value behind a lock of the C library. Every module of ours says `Mutex` and means this one, not the standard library's.
///
/// That one asks for the thread's number inline, where a thread keeps it. In an async function that waited before, and may have
/// come to another thread by that, optimized code (Swift 6.3) still looks where the first thread keeps it: it locks under a
/// wrong number, and ends with “Call to unlock Mutex on a thread which hasn't acquired the lock”. The C library looks anew each
/// time. Sanitizers know its locks, too.
///
/// @unchecked Sendable: whatever is in it is touched by one at a time, who holds the lock.
package struct CMutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    @usableFromInline let lock: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    package init(_ value: consuming sending Value) {
        lock = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    @inlinable @inline(__always) package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }
}

typealias Mutex<Value: ~Copyable> = CMutex<Value>
