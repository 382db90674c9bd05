import NIOCore
import RegistryCore

// Objects that are put together of parts.
extension S3Diagnosis {
    private static let partSize = 5 << 20

    func tryMultipart() async -> [Finding] {
        let multipart = await probe("multipart", self.multipart)
        guard multipart.verdict != .failed else { return [multipart] }
        return [
            multipart, await probe("small parts", smallParts), await probe("multipart abort", abort),
        ]
    }

    /// As the registry does it: parts of one length but for the last.
    private func multipart() async throws -> Finding {
        let name = name("multipart")
        let id = try await begin(name)
        let part = ByteBuffer(repeating: 0x2a, count: Self.partSize)
        let sizes = [Self.partSize, Self.partSize, 1000]
        var parts: [MultipartPartList.Part] = []
        for (index, size) in sizes.enumerated() {
            let body = part.getSlice(at: 0, length: size) ?? part
            let etag = try await client.uploadPart(index + 1, of: name, id, .buffers([body]))
            parts.append(MultipartPartList.Part(number: index + 1, etag: etag))
        }
        let etag = try await complete(name, id, parts)
        let size = sizes.reduce(0, +)
        guard try await client.size(of: name) == Int64(size) else {
            return Finding("multipart", .failed, "the object does not have its parts' size", code: .failed)
        }
        var range = S3Call(operation: "GetObject", method: "GET", name: name)
        range.headers = [("range", "bytes=\(size - 10)-\(size - 1)")]
        let tail = try await client.send(range) { _, response in try await response.body.collect(upTo: 64) }.0
        guard tail == ByteBuffer(repeating: 0x2a, count: 10) else {
            return Finding("multipart", .failed, "the object does not end as its last part does", code: .failed)
        }
        let note = etag == nil ? "; the answer has no ETag, which nobody needs" : ""
        return Finding("multipart", .ok, "two parts of 5 MiB and a small last one make an object\(note)")
    }

    private func complete(_ name: String, _ id: String, _ parts: [MultipartPartList.Part]) async throws -> String? {
        var call = S3Call(
            operation: "CompleteMultipartUpload", method: "POST", name: name, query: ["uploadId": id])
        call.set(document: MultipartPartList(parts: parts).body)
        call.headers = [("content-type", "application/xml")]
        call.isRetried = false
        call.extraTime = .seconds(20)
        let completion: MultipartCompletion = try await client.answer(call)
        // Empty, it is there with nothing in it.
        return completion.etag.flatMap { $0.allSatisfy { $0 == "\"" } ? nil : $0 }
    }

    /// AWS wants 5 MiB of all but the last. The registry keeps to that anyway.
    private func smallParts() async throws -> Finding {
        let name = name("small-parts")
        let id = try await begin(name)
        var parts: [MultipartPartList.Part] = []
        for number in 1...2 {
            let body = ByteBuffer(repeating: 0x2a, count: 1000)
            do {
                let etag = try await client.uploadPart(number, of: name, id, .buffers([body]))
                parts.append(MultipartPartList.Part(number: number, etag: etag))
            } catch let error as S3Error where error.transport == nil {
                return Finding("small parts", .ok, "refused when they are sent (\(error.code)); registryd sends none")
            }
        }
        do {
            _ = try await complete(name, id, parts)
            return Finding("small parts", .ok, "taken, where AWS refuses them; registryd sends none")
        } catch let error as S3Error where error.transport == nil {
            return Finding("small parts", .ok, "refused, as AWS does (\(error.code)); registryd sends none")
        }
    }

    /// An upload that nobody goes on with has to be found and ended, or it is paid for for ever.
    private func abort() async throws -> Finding {
        let name = name("aborted")
        let id = try await begin(name)
        _ = try await client.uploadPart(1, of: name, id, .buffers([ByteBuffer(string: "part")]))
        let isFound = try await client.uploads(of: name).contains(id)
        try await client.abortMultipart(name, id)
        guard try await !client.uploads(of: name).contains(id) else {
            return Finding(
                "multipart abort", .degraded, "an upload that was ended is still listed: its parts may stay and cost",
                advice: "let the server's own rules remove incomplete multipart uploads after a few days")
        }
        guard isFound else {
            return Finding(
                "multipart abort", .degraded,
                "uploads can be ended by their id, and are not listed: what a crash leaves of one stays on the server",
                advice: "let the server's own rules remove incomplete multipart uploads after a few days")
        }
        return Finding("multipart abort", .ok, "an upload is listed by its key, and gone once it is ended")
    }
}
