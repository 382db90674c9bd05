import Dispatch

/// Runs what blocks where that holds nobody up.
func offThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    let result: Result<T, any Error> = await withCheckedContinuation { continuation in
        DispatchQueue.global(qos: .utility).async { continuation.resume(returning: Result { try body() }) }
    }
    return try result.get()
}
