import NIOCore
import RegistryCore

extension S3Client {
    static let largestPartNumber = 10_000

    /// Begins a multipart upload.
    ///
    /// - Returns: its id; and whether it is the only one of this name. An attempt that nobody waits for any more may
    ///   begin another one at any time, which ``abortUploads(of:but:)`` ends.
    func createMultipart(_ name: String) async throws -> (uploadID: String, isOnlyOne: Bool) {
        var call = S3Call(
            operation: "CreateMultipartUpload", method: "POST", name: name, query: ["uploads": nil])
        call.headers = creationHeaders
        let ((uploadID, wasResent), mayBeDoneTwice) = try await send(call) { call, response in
            let created: MultipartCreation = try await Self.read(call, response)
            return (created.uploadID, response.wasResent)
        }
        return (uploadID, isOnlyOne: !mayBeDoneTwice && !wasResent)
    }

    /// Sends a part; returns its ETag. `digest`: of the part, if it is known.
    func uploadPart(
        _ number: Int,
        of name: String,
        _ uploadID: String,
        _ body: TransportRequest.Body,
        digest: Digest? = nil
    ) async throws -> String {
        var call = S3Call(
            operation: "UploadPart",
            method: "PUT",
            name: name,
            query: ["partNumber": "\(number)", "uploadId": uploadID]
        )
        call.body = body
        call.payload = try await payload(of: body, digest: digest)
        let length = body.length
        if let etag = try await headers(call)["ETag"], !etag.isEmpty { return etag }
        // A proxy may have lost it.
        let parts = try await parts(of: name, uploadID, after: number - 1, limit: 1)
        if let part = parts.first(where: { $0.number == number && $0.size == length }) { return part.etag }
        throw S3Error(
            operation: call.operation,
            subject: "\(address.bucket)/\(name)",
            code: "MissingETag",
            message: "the server took part \(number) and did not say its ETag"
        )
    }

    /// Ends a multipart upload without an object. One that is not there counts as ended.
    func abortMultipart(_ name: String, _ uploadID: String) async throws {
        do {
            _ = try await headers(
                S3Call(
                    operation: "AbortMultipartUpload", method: "DELETE", name: name, query: ["uploadId": uploadID]))
        } catch let error as S3Error where error.isNoSuchUpload || error.isNoSuchKey {
            return
        }
    }

    /// The parts that the server has, after the one with number `after`; at most `limit` of them.
    func parts(
        of name: String,
        _ uploadID: String,
        after: Int = 0,
        limit: Int = .max
    ) async throws -> [PartListing.Part] {
        var parts: [PartListing.Part] = []
        var marker: Int? = after
        while let after = marker, parts.count < limit {
            var query: Query = ["uploadId": uploadID, "max-parts": "\(min(limit, 1000))"]
            if after > 0 { query.add("part-number-marker", "\(after)") }
            let page: PartListing = try await answer(
                S3Call(operation: "ListParts", method: "GET", name: name, query: query))
            parts += page.parts
            // A server that does not get on would have us ask for ever.
            marker = page.next.flatMap { $0 > after ? $0 : nil }
        }
        return parts
    }

    /// The ids of the multipart uploads of exactly this name. Not every server lists by a mere prefix of it.
    func uploads(of name: String) async throws -> [String] {
        var ids: [String] = []
        var marker: UploadListing.Marker?
        repeat {
            var query: Query = ["uploads": nil, "prefix": name, "encoding-type": "url"]
            if let marker {
                query.add("key-marker", marker.key)
                if let id = marker.uploadID { query.add("upload-id-marker", id) }
            }
            let page: UploadListing
            do {
                page = try await answer(S3Call(operation: "ListMultipartUploads", method: "GET", query: query))
            } catch let error as S3Error where error.isNoSuchUpload {
                // rclone's way to say that there are none.
                break
            }
            ids += page.uploads.filter { $0.key == name }.map(\.uploadID)
            marker = page.next.flatMap { $0.key == marker?.key && $0.uploadID == marker?.uploadID ? nil : $0 }
        } while marker != nil
        return ids
    }

    /// Ends all multipart uploads of exactly this name, but one.
    func abortUploads(of name: String, but kept: String? = nil) async throws {
        for id in try await uploads(of: name) where id != kept { try await abortMultipart(name, id) }
    }
}
