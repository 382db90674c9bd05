import Testing

/// Expects an answer's status, and for a refusal the code in the specification's error body. Says the whole answer
/// otherwise.
func expect(
    _ response: HTTPResponse,
    _ status: Int,
    _ code: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(response, status...status, code, sourceLocation: sourceLocation)
}

/// The same where specification and contract leave the exact status open.
func expect(
    _ response: HTTPResponse,
    _ status: ClosedRange<Int>,
    _ code: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(status.contains(response.status), "\(response)", sourceLocation: sourceLocation)
    if let code {
        let codes = response.errors.map(\.code)
        #expect(codes.first == code, "\(response)", sourceLocation: sourceLocation)
        #expect(response["Content-Type"]?.hasPrefix("application/json") == true, sourceLocation: sourceLocation)
    }
}

/// Expects the same elements. `#expect` would compute and print how they differ, which for a blob is minutes and
/// megabytes.
func expectSame<Element: Equatable>(
    _ actual: [Element]?,
    _ expected: [Element],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let actual else {
        Issue.record("there is nothing", sourceLocation: sourceLocation)
        return
    }
    if actual == expected { return }
    let place = zip(actual, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(actual.count, expected.count)
    Issue.record(
        "\(actual.count) elements instead of \(expected.count); they differ first at \(place)",
        sourceLocation: sourceLocation)
}
