import Glibc

struct NeverHappened: Error, CustomStringConvertible {
    var description: String
}

/// Waits until `condition` holds. The bound only ends a test that would never end; nothing is said about how long it
/// may take.
func eventually(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(60),
    _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        if ContinuousClock.now > deadline { throw NeverHappened(description: "never happened: \(what())") }
        usleep(5000)
    }
}
