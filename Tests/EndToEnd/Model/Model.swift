/// What one client knows of a registry from what it was answered. An operation whose answer never came may have been carried
/// out or not: the model keeps both possibilities until an answer rules one of them out.
struct Model: Sendable {
    private(set) var states: Set<ModelState>

    /// See ``ModelState/isAlone``.
    init(isAlone: Bool) { states = [ModelState(isAlone: isAlone)] }

    var isInDoubt: Bool { states.count > 1 }

    /// One of the possibilities: the only one, unless it is in doubt.
    var state: ModelState { states.first ?? ModelState(isAlone: false) }

    /// Throws ``ModelViolation`` when no possibility allows for that answer.
    mutating func note(_ operation: ModelOperation, _ answer: ModelAnswer) throws {
        let after = Set(states.compactMap { $0.after(operation, answer) })
        guard !after.isEmpty else {
            throw ModelViolation(operation: operation, answer: answer, states: states)
        }
        states = after
    }

    /// The answer never came.
    mutating func cutOff(_ operation: ModelOperation) {
        states.formUnion(states.compactMap { $0.after(operation, .done) })
    }
}

/// A registry's answer that cannot be.
struct ModelViolation: Error, CustomStringConvertible {
    var operation: ModelOperation
    var answer: ModelAnswer
    var states: Set<ModelState>

    var description: String {
        let known = states.map { state in operation.repository.map { "\(state[$0])" } ?? "\(state)" }
        return "\(operation) was answered \(answer), while there is \(known.joined(separator: " or "))"
    }
}
