import NIOCore
import RegistryCore

// Finding objects, and removing several at once.
extension S3Diagnosis {
    func tryListing() async -> [Finding] {
        let names = ["1", "2", "3"].map { name("list/\($0)") }
        for name in names {
            do {
                try await client.put(name, .buffers([ByteBuffer(string: name)]))
            } catch {
                return [failed("list", error)]
            }
        }
        let list = await probe("list") { try await self.list(names) }
        return [
            list, await probe("list start-after") { try await startAfter(names) },
            await probe("batch delete") { try await batchDelete(names) },
        ]
    }

    private func page(_ extra: KeyValuePairs<String, String>) async throws -> ObjectListing {
        var query: Query = ["list-type": "2", "prefix": "\(folder)list/", "encoding-type": "url"]
        for (name, value) in extra { query.add(name, value) }
        return try await client.answer(S3Call(operation: "ListObjectsV2", method: "GET", query: query))
    }

    private func list(_ names: [String]) async throws -> Finding {
        let first = try await page(["max-keys": "2"])
        var keys = first.objects.map(\.key)
        var pages = 1
        var token = first.continuation
        while let continuation = token, pages < 5 {
            let next = try await page(["max-keys": "2", "continuation-token": continuation])
            keys += next.objects.map(\.key)
            token = next.continuation
            pages += 1
        }
        guard keys == names else {
            return Finding(
                "list", .failed,
                "of three objects the listing shows \(keys.count) in \(pages) pages: it is incomplete, "
                    + "or not in order, so that leftovers are not found", code: .failed)
        }
        guard first.objects.count == 2, pages == 2 else {
            return Finding("list", .ok, "by prefix and in order; pages are not of the size that was asked for")
        }
        return Finding("list", .ok, "by prefix, in order, page by page")
    }

    private func startAfter(_ names: [String]) async throws -> Finding {
        do {
            let keys = try await page(["start-after": names[0]]).objects.map(\.key)
            if keys == Array(names.dropFirst()) {
                return Finding("list start-after", .ok, "a listing can begin in the middle")
            }
            return Finding(
                "list start-after", .unsupported,
                "ignored: a listing that goes on in the middle reads what comes before it again")
        } catch let error as S3Error where error.status == 501 || error.status == 400 {
            return Finding(
                "list start-after", .degraded, "refused (\(error.code)): a listing cannot begin in the middle")
        }
    }

    private func batchDelete(_ names: [String]) async throws -> Finding {
        var call = S3Call(operation: "DeleteObjects", method: "POST", query: ["delete": nil])
        let document = DeletionList(keys: names).body
        call.set(document: document)
        call.headers = [("content-type", "application/xml")]
        if let md5 = contentMD5(document) { call.headers.append(("content-md5", md5)) }
        do {
            let result: DeletionResult = try await client.answer(call)
            guard result.refused.isEmpty, try await page([:]).objects.isEmpty else {
                return Finding(
                    "batch delete", .failed, "DeleteObjects answers, and the objects stay", code: .failed)
            }
            return Finding("batch delete", .ok, "up to 1000 objects in one request")
        } catch let error as S3Error where error.isBatchUnknown {
            return Finding(
                "batch delete", .unsupported, "the server has none (\(error.code)): objects are deleted one by one")
        }
    }
}
