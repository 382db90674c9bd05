package import Synchronization

/// The standard library's, out of reach of the optimizer; every module of ours says `Mutex` and means this one.
///
/// That one asks for the thread's number inline, where a thread keeps it. In an async function that waited before, and may have
/// come to another thread by that, optimized code (Swift 6.3) still looks where the first thread keeps it: it locks under a
/// wrong number, and ends with “Call to unlock Mutex on a thread which hasn't acquired the lock”. A function that is not
/// async, and is not inlined into one, looks anew.
package struct UninlinedMutex<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Synchronization.Mutex<Value>

    @inlinable package init(_ value: consuming sending Value) {
        mutex = Synchronization.Mutex(value)
    }

    @inlinable @inline(never) package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if THREAD_SANITIZER
            // Threads that wait for this lock do so inside the standard library, where the sanitizer does not look.
            let address = withUnsafePointer(to: mutex) { UnsafeRawPointer($0) }
            return try mutex.withLock { value throws(Failure) -> sending Result in
                threadSanitizerAcquire(address)
                defer { threadSanitizerRelease(address) }
                return try body(&value)
            }
        #else
            try mutex.withLock(body)
        #endif
    }
}

#if THREAD_SANITIZER
    @_silgen_name("__tsan_acquire") @usableFromInline func threadSanitizerAcquire(_ address: UnsafeRawPointer)
    @_silgen_name("__tsan_release") @usableFromInline func threadSanitizerRelease(_ address: UnsafeRawPointer)
#endif

typealias Mutex<Value: ~Copyable> = UninlinedMutex<Value>
