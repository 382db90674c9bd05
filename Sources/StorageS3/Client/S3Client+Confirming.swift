import RegistryCore

// Whether what answers is an S3 server at all: of those that are none, many answer 404 to what they do not know, or 200.
extension S3Client {
    /// The same for somebody who waits for the answer: it gives up within seconds.
    func hurried() -> S3Client {
        var options = options
        options.retries.deadline = min(options.retries.deadline, .seconds(10))
        options.retries.attempts = min(options.retries.attempts, 3)
        return S3Client(place.withLock { $0 }, credentials, transport, options: options, time: time, logger: logger)
    }

    /// Throws unless this is an S3 server with this bucket, which the credentials may list.
    func confirm() async throws {
        let query: Query = ["list-type": "2", "prefix": address.markerName, "max-keys": "1"]
        let call = S3Call(operation: "ListObjectsV2", method: "GET", query: query)
        do {
            let _: ObjectListing = try await answer(call)
        } catch var error as S3Error {
            // Whoever has S3's errors is S3, and 404 is what a server without our path says.
            let isForeign = error.isForeign || error.isWithoutDocument && error.status == 404
            guard isForeign || error.code == "UnexpectedAnswer" else { throw error }
            error.code = S3Error.notS3
            throw error
        }
    }
}

extension S3Error {
    /// Our own code: whoever answers speaks HTTP, and not S3.
    static let notS3 = "NotS3"

    /// A refusal that S3 would have explained.
    var isForeign: Bool {
        guard let status, isWithoutDocument, (300..<500).contains(status) else { return false }
        return ![403, 404, 408, 412, 429].contains(status)
    }

    fileprivate var isWithoutDocument: Bool {
        status != nil && cause == nil && requestID == nil && !operation.hasPrefix("Head")
    }
}
