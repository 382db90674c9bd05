import NIOCore
import RegistryCore

extension StorageConformance {
    /// Uploads that come to nothing, and objects that go.
    static let ending: [ConformanceCase] = [
        ConformanceCase("keeps nothing of an upload that was aborted") { fixture in
            for size in [0, 1000, 8_000_000] {
                let storage = try await fixture.make()
                let content = content(size)
                let plan = plan(content)
                let upload = try await storage.upload(plan)
                try await upload.append(content, piece: 256 << 10)
                try await upload.abort()
                try await storage.expectEmpty()
                try await storage.expectMissing(StoredObject(key: plan.key, size: Int64(size)))
            }
        },
        ConformanceCase("keeps nothing of an upload that was aborted after a checkpoint") { fixture in
            for size in [1000, 8_000_000] {
                let storage = try await fixture.make()
                let content = content(size)
                let plan = plan(content)
                let upload = try await storage.upload(plan)
                try await upload.append(content, piece: 256 << 10)
                let checkpoint = try await upload.checkpoint()
                try await upload.append(StorageTestKit.content(300_000, seed: 5))
                try await upload.abort()
                try await storage.expectEmpty()
                try await expect(.checkpointLost, "going on") {
                    _ = try await storage.finish(ByteBuffer(), plan, from: checkpoint, as: digest(of: content))
                }
            }
        },
        ConformanceCase("does not keep a blob under a digest that was announced by mistake") { fixture in
            for size in [1000, 20 << 20] {
                let storage = try await fixture.make()
                let content = content(size)
                // Whether or not the last request's plan has the right one.
                for isMended in [true, false] {
                    let mistaken = UploadPlan(id: UploadID(), digest: digest(of: StorageTestKit.content(10, seed: 5)))
                    let plan = UploadPlan(id: mistaken.id, digest: digest(of: content))
                    let checkpoint = try await storage.patch(content, mistaken)
                    do {
                        let object = try await storage.finish(
                            ByteBuffer(), isMended ? plan : mistaken, from: checkpoint, as: digest(of: content))
                        try expect(object.key == mistaken.key, is: false, "the key being that of another digest")
                        try await expect(storage, holds: content, at: object)
                        _ = await storage.delete([object.key])
                    } catch let error as StorageError where error.code == .checkpointLost {
                        // It has its key for good, so the upload begins again.
                        try expect(try await storage.fallBack(plan, from: checkpoint), is: nil, "where to go on")
                        try await storage.discard(plan, checkpoint)
                        try await storage.expectEmpty()
                    }
                }
            }
        },
        ConformanceCase("discards an upload between two requests") { fixture in
            let storage = try await fixture.make()
            let content = content(800_000)
            let plan = plan(content)
            let checkpoint = try await storage.patch(content, plan)
            try await storage.discard(plan, checkpoint)
            try await storage.discard(plan, checkpoint)
            try await storage.expectEmpty()
        },
        ConformanceCase("discards an upload after a restart") { fixture in
            let storage = try await fixture.make()
            let content = content(6_000_000)
            let plan = plan(content)
            let checkpoint = try await storage.patch(content, plan)
            let reopened = try await fixture.reopen(storage)
            try await reopened.discard(plan, checkpoint)
            try await expect(.checkpointLost, "going on") {
                _ = try await reopened.finish(ByteBuffer(), plan, from: checkpoint, as: digest(of: content))
            }
            try await reopened.expectEmpty()
        },
        ConformanceCase("discards an upload that was committed") { fixture in
            for checkpointed in [false, true] {
                let storage = try await fixture.make()
                let content = content(800_000)
                let plan = plan(content)
                let checkpoint = checkpointed ? try await storage.patch(content, plan) : nil
                let object =
                    if let checkpoint {
                        try await storage.finish(ByteBuffer(), plan, from: checkpoint, as: digest(of: content))
                    } else {
                        try await storage.push(content, plan)
                    }
                try await storage.discard(plan, checkpoint)
                try await storage.expectMissing(object)
                try await storage.expectEmpty()
            }
        },
        ConformanceCase("discards an upload that never began") { fixture in
            let storage = try await fixture.make()
            try await storage.discard(UploadPlan(id: UploadID()), nil)
            try await storage.discard(plan(content(10)), nil)
        },
        ConformanceCase("discards one upload and leaves the others") { fixture in
            let storage = try await fixture.make()
            let content = content(400_000)
            let (kept, dropped) = (plan(content), plan(content))
            let object = try await storage.push(content)
            let checkpoint = try await storage.patch(content, kept)
            try await storage.discard(dropped, try await storage.patch(content, dropped))
            let other = try await storage.finish(ByteBuffer(), kept, from: checkpoint, as: digest(of: content))
            try await expect(storage, holds: content, at: object)
            try await expect(storage, holds: content, at: other)
        },
        ConformanceCase("deletes objects, those that are not there too") { fixture in
            let storage = try await fixture.make()
            var objects: [StoredObject] = []
            for seed in 0..<12 { objects.append(try await storage.push(content(1000, seed: UInt64(seed)))) }
            let gone = objects.dropFirst(2)
            let never = plan(content(5)).key
            for _ in 1...2 {
                let failures = await storage.delete(gone.map(\.key) + [never])
                try expect(failures.isEmpty, "every key to count as deleted, not \(failures)")
            }
            for object in gone { try await storage.expectMissing(object) }
            try await expect(storage, holds: content(1000, seed: 0), at: objects[0])
            try expect(
                try await storage.allObjects(), is: objects.prefix(2).sorted { $0.key < $1.key }, "the list of objects")
            let failures = await storage.delete([])
            try expect(failures.isEmpty, "nothing to fail where nothing is asked for")
        },
    ]
}
