extension S3Client {
    /// A page of the objects whose names begin with `prefix`, in ascending order of the names' bytes.
    ///
    /// - Parameters:
    ///   - after: A name with that prefix, which the list begins after.
    ///   - continuation: Of the page before.
    func list(prefix: String, after: String? = nil, continuation: String? = nil) async throws -> ObjectListing {
        var query: Query = ["list-type": "2", "prefix": prefix, "encoding-type": "url"]
        if let continuation { query.add("continuation-token", continuation) }
        if let after { query.add("start-after", after) }
        return try await answer(S3Call(operation: "ListObjectsV2", method: "GET", query: query))
    }
}
