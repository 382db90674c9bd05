/// Runs `body` for each element, at most `limit` of them at once, and hands what it returns to `take`, one after another and in
/// any order. Ends with the first error.
func forEach<Element: Sendable, Result: Sendable>(
    of elements: some Sequence<Element>,
    atOnce limit: Int,
    _ body: @escaping @Sendable (Element) async throws -> Result,
    take: (Result) -> Void
) async throws {
    try await withThrowingTaskGroup(of: Result.self) { group in
        var running = 0
        for element in elements {
            if running == limit, let result = try await group.next() {
                take(result)
                running -= 1
            }
            try Task.checkCancellation()
            group.addTask { try await body(element) }
            running += 1
        }
        while let result = try await group.next() { take(result) }
    }
}
