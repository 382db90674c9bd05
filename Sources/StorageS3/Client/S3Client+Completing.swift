import Logging
import RegistryCore

extension S3Client {
    /// Makes an object of `size` bytes of the parts.
    ///
    /// It is not simply tried again: one that did happen destroys what another would need. When there is no telling,
    /// the object is asked for: nobody else writes to its key.
    func completeMultipart(
        _ name: String,
        _ uploadID: String,
        _ parts: [MultipartPartList.Part],
        size: Int64
    ) async throws {
        var call = S3Call(
            operation: "CompleteMultipartUpload", method: "POST", name: name, query: ["uploadId": uploadID])
        call.set(document: MultipartPartList(parts: parts).body)
        call.headers = [("content-type", "application/xml")]
        call.isRetried = false

        // Servers that keep files copy the parts together.
        call.extraTime = .seconds(size / (16 << 20))
        let end = time.elapsed() + options.retries.deadline + call.extraTime
        for attempt in 1... {
            do {
                let _: MultipartCompletion = try await answer(call, until: end)
                return
            } catch let error as S3Error {
                if error.isUncertain, try await self.size(of: name, until: end) == size {
                    logger.notice("S3 completed an upload without saying so", metadata: ["error": "\(error)"])
                    return
                }
                guard error.isTransient, attempt < options.retries.attempts else { throw error }
                try await pause(after: attempt, error, until: end)
            }
        }
    }
}
