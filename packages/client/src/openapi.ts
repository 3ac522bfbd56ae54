// Made by `pnpm api:documents` from docs/openapi.json; not to be edited.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page, for people */
        get: operations["getPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What has failed, by what it has in common
         * @description Of the last day, of the last 200,000 events at most.
         */
        get: operations["listFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/failures/{fingerprint}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask again for everything that failed in one way
         * @description Nodes of cancelled and archived courses stay as they are, and so do those that somebody else is changing. 500 at a time.
         */
        post: operations["retryFailures"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What waits to be done */
        get: operations["getQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/rescues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was rescued
         * @description Of the last day, of the last 200,000 events at most.
         */
        get: operations["getRescues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/stuck-nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Nodes that nobody alive works on, and why
         * @description Recovery heals them within seconds: one that is still here on the second look needs somebody.
         */
        get: operations["listStuckNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who reads the log, and how far */
        get: operations["listSubscriptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/waiting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is unfinished, and why
         * @description Nodes, and courses that are not planned yet.
         */
        get: operations["listWaiting"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All endpoints */
        get: operations["listWebhooks"];
        put?: never;
        /** Make an endpoint for events from now on */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One endpoint, and how it fares */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /** Delete an endpoint with its deliveries */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change an endpoint
         * @description A new address, or `"enabled": true`, closes its circuit, and what waits is sent at once.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/api/v1/admin/webhooks/{webhook_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent to an endpoint, newest first */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/webhooks/{webhook_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send events to an endpoint once more */
        post: operations["replayDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/webhooks/{webhook_id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an endpoint a new secret
         * @description For 24 hours what is sent is signed with both. Once more within them ends the oldest at once.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The generation processes */
        get: operations["listWorkers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at a course */
        get: operations["getCourseMap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a course
         * @description What is finished stays readable. What is not is not done any more, and calls in flight are ended. Cancelling twice is no mistake.
         */
        post: operations["cancelCourseMap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a course
         * @description The snapshot is the document of its progress.
         */
        get: operations["watchCourseMap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a course's story
         * @description Every event of the course and its nodes, in the order in which they were committed.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/nodes/{node_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a knowledge card */
        get: operations["getCard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/nodes/{node_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask again for a failed node
         * @description The counts of failures and interruptions start at zero. A course that was completed is open again until the node is done.
         */
        post: operations["retryNode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a course is */
        get: operations["getProgress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/{course_map_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask again for a course whose planning failed
         * @description The counts of failures and interruptions start at zero.
         */
        post: operations["retryPlanning"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/admin/recover-tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recover what is interrupted
         * @description Recovery runs by itself; this asks for one, and waits for what it finds. A node that a living worker holds is left alone.
         */
        post: operations["recoverTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a course
         * @description The gateway writes down what was asked, and waits for the plan for a while. The course goes on whatever becomes of the connection.
         */
        post: operations["generateCourseMap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/course-map/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List courses, newest first
         * @description Pages are stable: courses that are made meanwhile stand before the first page, and none is shown twice or left out.
         */
        get: operations["listCourseMaps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch everything
         * @description The snapshot says how many courses there are of each status.
         */
        get: operations["watchEverything"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/local/faults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Break something
         * @description Only under the local launcher. The course finishes all the same.
         */
        post: operations["makeFault"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/local/processes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The processes that can be broken
         * @description Only under the local launcher.
         */
        get: operations["listProcesses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the page loads */
        get: operations["getPageFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The API, to read and to try */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/assets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the pages load */
        get: operations["getAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All problems */
        get: operations["getProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a problem means, and the way out */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process can serve, and its time */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures for Prometheus
         * @description Of this process, and of the work as a whole; docs/operations.md has them all.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The OpenAPI document of the API */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process can serve */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        CourseEstimate: {
            /** @description What it was told from: the last courses of the mode, a hundred at most, and the last calls, a thousand at most. */
            basis: {
                calls: number;
                courses: number;
            };
            /** @description To the model, when none has to be repeated: one for the map, and one for each card. */
            calls: {
                least: number;
                most: number;
            };
            /** @description In the currency of the configured prices; null without prices. */
            cost: {
                least: number;
                most: number;
            } | null;
            /** @constant */
            dry_run: true;
            /** @description Null before there were any calls to go by. */
            input_tokens: {
                least: number;
                most: number;
            } | null;
            /** @description Of these, those that get a card. */
            learn_nodes: {
                least: number;
                most: number;
            };
            /** @description By the mode. */
            nodes: {
                least: number;
                most: number;
            };
            output_tokens: {
                least: number;
                most: number;
            } | null;
        };
        CourseMap: {
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            created_at: string;
            error: string | null;
            /** @description Null before it is planned. */
            map_meta: components["schemas"]["MapMeta"] | null;
            /** @description Empty before it is planned. */
            nodes: components["schemas"]["MapNode"][];
            request: components["schemas"]["CourseRequest"];
            /**
             * @description The course's own.
             * @enum {string}
             */
            status: "requested" | "planning" | "generating" | "completed" | "failed" | "cancelled";
            /** @description Whose it is; null when it was asked for without a tenant. */
            tenant: string | null;
        };
        CourseMapList: {
            course_maps: components["schemas"]["ListedCourseMap"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        CourseRequest: {
            focus: string;
            interested_concepts?: string[];
            language?: string;
            /** @enum {string} */
            level: "Novice" | "Beginner" | "Intermediate" | "Advanced";
            /** @enum {string} */
            mode: "Deep" | "Fast" | "Light";
            topic: string;
            total_commitment_minutes: number;
            verified_concept: string;
        };
        Delivery: {
            attempts: number;
            error: string | null;
            last_attempt_at: string | null;
            next_attempt_at: string | null;
            /** @description A place in the log. */
            position: number;
            response_status: number | null;
            /** @enum {string} */
            status: "waiting" | "sending" | "delivered" | "failed";
            type: string;
        };
        Failure: {
            code: string | null;
            /** @description One of their messages. */
            example: string | null;
            failures: number;
            final_failures: number;
            fingerprint: string;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            first_at: string;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            last_at: string;
            /** @description Nodes that stand failed because of it. */
            still_failed: number;
            /** @description How many nodes and plannings have failed so. */
            streams: number;
        };
        FaultMade: {
            /**
             * Format: date-time
             * @description When, by the clock of the machine.
             * @example 2026-11-24T01:30:35.905Z
             */
            at: string;
            /**
             * @description `kill`: SIGKILL, and the launcher starts another. `freeze`: SIGSTOP, until `thaw` or for half a minute. `cut_database`: every session with the database is ended. `fail_model`: the offline model fails for five seconds.
             * @enum {string}
             */
            fault: "kill" | "freeze" | "thaw" | "cut_database" | "fail_model";
            process: string | null;
            /** @description How the log knows it. */
            worker_id: string | null;
        };
        History: {
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            entries: components["schemas"]["HistoryEntry"][];
            /** @description The `after` of the next page; null while there is no more. */
            next: number | null;
        };
        HistoryEntry: {
            /**
             * Format: date-time
             * @description When it got its place in the log, to the microsecond.
             */
            at: string;
            attempt: number | null;
            correlation_id: string;
            /** @description Null for what happened to the course itself. */
            node_id: string | null;
            /** @description A place in the log. */
            position: number;
            via: string;
            /** @description The event's type. */
            what: string;
            /** @description A worker, `gateway`, or an operator by his database user. */
            who: string;
            /** @description A reason, a cause, or the error. */
            why: string | null;
            worker_id: string | null;
        };
        /** @description Pages are joined by `<EVOBK_PAGE_BREAK />`, and each begins with its only `## ` title. The first holds one `<EVOBK_KEY_ELEMENTS>` box of `<EVOBK_KEY>` elements, and one `<EVOBK_EXPERT_TIP>`. */
        KnowledgeCard: {
            markdown: string;
            node_id: string;
            totalPagesInCard: number;
            /** @constant */
            type: "knowledge_card";
            yaml: string;
        };
        LaunchedProcess: {
            /** @example generation-1 */
            name: string;
            pid: number | null;
            /** @enum {string} */
            state: "running" | "frozen" | "ended";
            /** @description How the log knows it. */
            worker_id: string | null;
        };
        ListedCourseMap: {
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            /** @description Null before it is planned. */
            course_name: string | null;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            created_at: string;
            learn_completed: number;
            learn_failed: number;
            learn_nodes: number;
            /** @description The part of the learn nodes that is completed. */
            learn_progress: number;
            /** @enum {string} */
            level: "Novice" | "Beginner" | "Intermediate" | "Advanced";
            /** @enum {string} */
            mode: "Deep" | "Fast" | "Light";
            overall_status: components["schemas"]["OverallStatus"];
            /** @description Whose it is; null when it was asked for without a tenant. */
            tenant: string | null;
            topic: string;
        };
        MapMeta: {
            course_name: string;
            /** @enum {string} */
            mode: "Deep" | "Fast" | "Light";
            strategy_rationale: string;
            time_budget_minutes: number;
            time_delta_minutes: number;
            time_sum_minutes: number;
        };
        MapNode: {
            description: string;
            estimated_minutes: number;
            id: string;
            layer: number;
            pre_requisites: string[];
            reward_multiplier: number;
            title: string;
            /** @enum {string} */
            type: "learn" | "quiz";
        };
        /** @enum {string} */
        NodeStatus: "pending" | "generating" | "completed" | "failed" | "cancelled" | "quiz_pending";
        /**
         * @description `failed`: no map could be planned. `partial_failed`: all nodes are settled, and some failed.
         * @enum {string}
         */
        OverallStatus: "initializing" | "generating" | "completed" | "partial_failed" | "failed" | "cancelled";
        PlannedCourseMap: {
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            map_meta: components["schemas"]["MapMeta"];
            nodes: components["schemas"]["MapNode"][];
        };
        /** @description RFC 9457. */
        Problem: {
            /** @description With `planning_failed`: a stable code, or null when it was cancelled. */
            cause?: string | null;
            /**
             * @description Stable: programs look at it.
             * @enum {string}
             */
            code: "invalid_request" | "invalid_json" | "unauthenticated" | "forbidden" | "foreign_origin" | "route_not_found" | "course_map_not_found" | "node_not_found" | "quiz_has_no_card" | "card_not_ready" | "failure_not_found" | "no_launcher" | "webhook_not_found" | "method_not_allowed" | "not_acceptable" | "node_not_failed" | "course_map_not_failed" | "course_map_over" | "course_map_archived" | "fault_not_possible" | "too_many_webhooks" | "held_by_somebody" | "request_in_flight" | "body_too_large" | "unsupported_media_type" | "unknown_host" | "idempotency_key_reused" | "too_many_courses" | "rate_limited" | "too_many_streams" | "internal_error" | "planning_failed" | "schema_mismatch" | "database_unavailable" | "authentication_unavailable" | "streams_full" | "no_generation_process";
            /**
             * Format: uuid
             * @description With `planning_failed`: the course, which is there.
             */
            course_map_id?: string;
            /** @description For people: what to do about it. */
            detail?: string;
            /** @description Every mistake in the request: the field, and what is allowed. */
            errors?: {
                field: string;
                message: string;
            }[];
            /** @description How the node is that cannot be read or retried. */
            node_status?: string;
            /** @description As in the header `X-Request-Id`, in the log, and in the events that the request caused. */
            request_id: string;
            status: number;
            title: string;
            /** @description A page that explains the code; relative to the address of the gateway. */
            type: string;
        };
        Progress: {
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            /** @description Why its planning failed the last time. */
            error: string | null;
            /** @description The part of the learn nodes that is completed. */
            learn_progress: number;
            nodes_status: {
                /** @description Why its last attempt failed; until it is completed or asked for again. */
                error: string | null;
                node_id: string;
                status: components["schemas"]["NodeStatus"];
                /** @enum {string} */
                type: "learn" | "quiz";
            }[];
            overall_status: components["schemas"]["OverallStatus"];
        };
        Queue: {
            delayed: number;
            next_delayed_ms: number | null;
            oldest_ready_ms: number | null;
            queue: string;
            ready: number;
            running: number;
        };
        Recovery: {
            /** @constant */
            message: "Recovery completed";
            stats: {
                /** @description Courses with unfinished work. */
                courses_found: number;
                /** @description Nodes that were taken from their worker. */
                nodes_reset: number;
                /** @description Jobs that were sent, for nodes and for planning. */
                tasks_restarted: number;
            };
        };
        RecoveryDryRun: {
            /** @constant */
            dry_run: true;
            /** @description Of all of these together. Answers that arrive late are adopted, so it is mostly less. */
            greatest_cost: number;
            /** @description What would be taken from its worker at this moment; the first thousand. */
            nodes: {
                attempt: number;
                /**
                 * Format: uuid
                 * @description The course map.
                 * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
                 */
                course_map_id: string;
                /** @description The most that its call in flight can have cost; null without one, or without prices. */
                greatest_cost: number | null;
                /** @description Null for the planning of a course. */
                node_id: string | null;
                why: string;
                worker_id: string;
            }[];
        };
        Rescues: {
            detection: {
                interruptions: number;
                /** @description Null for longer than all others. */
                up_to_ms: number | null;
            }[];
            interruptions: {
                cause: string;
                interruptions: number;
                most_ms: number | null;
                /** @enum {string} */
                of: "node" | "planning";
                /** @description Until it was noticed; null where nothing had to be. */
                p50_ms: number | null;
                p99_ms: number | null;
            }[];
            /** @description What they would have cost, by the price of the newest call; null without prices. */
            journal_cost: number | null;
            /** @description Cards whose answer had been paid for by an earlier call. */
            journal_hits: number;
            /** @description What these calls would have taken, in and out. */
            journal_tokens: number;
            /** @description Answers of attempts that were fenced off, which were kept and used. */
            late_results: number;
        };
        StuckNode: {
            attempt: number;
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            deadline: string;
            node_id: string;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            started_at: string;
            /** @description A sentence. */
            why: string;
            worker_id: string;
        };
        Subscription: {
            behind_ms: number | null;
            error: string | null;
            events_behind: number;
            failing_since: string | null;
            leased_by: string | null;
            name: string;
            parked_streams: number;
            partition: number;
            partitions: number;
            paused_at: string | null;
            /** @description A place in the log. */
            position: number;
        };
        Waiting: {
            attempt: number;
            /** @description A code: `held`, `queued`, `prerequisites`, `backoff`, … */
            cause: string;
            /**
             * Format: uuid
             * @description The course map.
             * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
             */
            course_map_id: string;
            failures: number;
            interruptions: number;
            /** @description Null for the planning of a course. */
            node_id: string | null;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            since: string;
            /** @description A sentence. */
            why: string;
        };
        Webhook: {
            circuit_open_until: string | null;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            created_at: string;
            /** @description Each counted up to 10,000. */
            deliveries: {
                delivered: number;
                failed: number;
                waiting: number;
            };
            description: string;
            disabled_at: string | null;
            disabled_reason: string | null;
            failing_since: string | null;
            failures_in_a_row: number;
            /** Format: uuid */
            id: string;
            last_error: string | null;
            /** @description Until when what is sent is signed with the secret before, too. */
            previous_secret_until: string | null;
            /** @description Null: all. */
            types: string[] | null;
            url: string;
        };
        WebhookWithSecret: {
            circuit_open_until: string | null;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            created_at: string;
            /** @description Each counted up to 10,000. */
            deliveries: {
                delivered: number;
                failed: number;
                waiting: number;
            };
            description: string;
            disabled_at: string | null;
            disabled_reason: string | null;
            failing_since: string | null;
            failures_in_a_row: number;
            /** Format: uuid */
            id: string;
            last_error: string | null;
            /** @description Until when what is sent is signed with the secret before, too. */
            previous_secret_until: string | null;
            /** @description Told once, and never again. */
            secret: string;
            /** @description Null: all. */
            types: string[] | null;
            url: string;
        };
        Worker: {
            /** @description Whether it holds its beacon. */
            alive: boolean;
            host: string;
            last_beat_at: string | null;
            /** @description When it counts as silent unless it is heard before. */
            leased_until: string | null;
            nodes_in_hand: number;
            pid: number;
            plans_in_hand: number;
            /**
             * Format: date-time
             * @example 2026-11-24T01:30:35.905Z
             */
            started_at: string;
            stopped_at: string | null;
            worker_id: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getPage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    /** @description Of its content. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `route_not_found`: There is nothing at this path. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "route_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listFailures: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A line each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        failures: components["schemas"]["Failure"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    retryFailures: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Of a code and a message, but for the numbers in it. */
                fingerprint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Why: it stands in the event, and in the story of the course. */
                    reason: string;
                };
            };
        };
        responses: {
            /** @description They will be written. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Whether to ask once more. */
                        has_more: boolean;
                        retried: number;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `failure_not_found`: Nothing stands failed in this way. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "failure_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. `held_by_somebody`: Somebody is changing this at the moment. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight" | "held_by_somebody";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By queue; one that is empty is left out. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        queues: components["schemas"]["Queue"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getRescues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What lost its worker and how soon that was noticed, what came late and was kept, what the journal answered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rescues"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listStuckNodes: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those there are now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        stuck_nodes: components["schemas"]["StuckNode"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listSubscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each partition of each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        subscriptions: components["schemas"]["Subscription"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listWaiting: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those there are now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        waiting: components["schemas"]["Waiting"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A hundred at most. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhooks: components["schemas"]["Webhook"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string | null;
                    types?: ("CourseMapRequested" | "CourseMapPlanningStarted" | "CourseMapPlanningInterrupted" | "CourseMapPlanningFailed" | "CourseMapPlanned" | "CourseMapCompleted" | "CourseMapReopened" | "CourseMapRetryRequested" | "CourseMapCancelled" | "GenerationScheduled" | "GenerationStarted" | "GenerationCompleted" | "GenerationFailed" | "GenerationInterrupted" | "RetryRequested" | "LateResultReceived" | "RecoveryRequested" | "RecoveryCompleted" | "SubscriptionPaused" | "SubscriptionResumed" | "SubscriptionRewound" | "StreamParked" | "StreamParkedByHand" | "ParkedStreamRetried" | "ParkedEventSkipped" | "UnparkRequested" | "StreamUnparked")[] | null;
                    url: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. `too_many_webhooks`: There are as many webhook endpoints as there may be. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight" | "too_many_webhooks";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A webhook endpoint, by the id that it was made with. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `webhook_not_found`: There is no such webhook endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A webhook endpoint, by the id that it was made with. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `webhook_not_found`: There is no such webhook endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A webhook endpoint, by the id that it was made with. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string | null;
                    enabled?: boolean;
                    types?: ("CourseMapRequested" | "CourseMapPlanningStarted" | "CourseMapPlanningInterrupted" | "CourseMapPlanningFailed" | "CourseMapPlanned" | "CourseMapCompleted" | "CourseMapReopened" | "CourseMapRetryRequested" | "CourseMapCancelled" | "GenerationScheduled" | "GenerationStarted" | "GenerationCompleted" | "GenerationFailed" | "GenerationInterrupted" | "RetryRequested" | "LateResultReceived" | "RecoveryRequested" | "RecoveryCompleted" | "SubscriptionPaused" | "SubscriptionResumed" | "SubscriptionRewound" | "StreamParked" | "StreamParkedByHand" | "ParkedStreamRetried" | "ParkedEventSkipped" | "UnparkRequested" | "StreamUnparked")[] | null;
                    url?: string;
                };
            };
        };
        responses: {
            /** @description As it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `webhook_not_found`: There is no such webhook endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                before?: number;
                limit?: number;
                status?: "waiting" | "sending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                /** @description A webhook endpoint, by the id that it was made with. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deliveries: components["schemas"]["Delivery"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `webhook_not_found`: There is no such webhook endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    replayDeliveries: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A webhook endpoint, by the id that it was made with. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    from_position: number;
                    to_position: number;
                };
            };
        };
        responses: {
            /** @description They will be sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        replayed: number;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `webhook_not_found`: There is no such webhook endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A webhook endpoint, by the id that it was made with. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `webhook_not_found`: There is no such webhook endpoint. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listWorkers: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those that live, that left something behind, or that were there within the hour. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workers: components["schemas"]["Worker"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getCourseMap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was asked for, its map, and how it stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CourseMap"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    cancelCourseMap: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why: it stands in the event, and in the story of the course. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description It is cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The course map.
                         * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
                         */
                        course_map_id: string;
                        /** @constant */
                        overall_status: "cancelled";
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. `course_map_over`: The course map is over. `course_map_archived`: The course map is archived. `held_by_somebody`: Somebody is changing this at the moment. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight" | "course_map_over" | "course_map_archived" | "held_by_somebody";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    watchCourseMap: {
        parameters: {
            query?: {
                last_event_id?: number;
            };
            header?: {
                /** @description The last event that the client has: it is given what it missed, and no snapshot. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events: a frame `snapshot`, then a frame of each event as it is committed, once and in order; `id` is its position, `event` its type, and `data` as docs/asyncapi.json describes. Comments say that the stream is alive. It ends after a while: come back with `Last-Event-ID`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. `too_many_streams`: This client has as many event streams open as it may. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_streams";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `streams_full`: There are as many event streams open as there may be. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "streams_full" | "database_unavailable";
                    };
                };
            };
        };
    };
    getHistory: {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of it. */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getCard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
                /** @description A node of its map. */
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The card. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnowledgeCard"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. `node_not_found`: The course map has no such node. `quiz_has_no_card`: A quiz has no knowledge card. `card_not_ready`: The node has no knowledge card yet. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found" | "node_not_found" | "quiz_has_no_card" | "card_not_ready";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    retryNode: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
                /** @description A node of its map. */
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why: it stands in the event, and in the story of the course. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description It will be written. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The course map.
                         * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
                         */
                        course_map_id: string;
                        node_id: string;
                        /** @constant */
                        status: "pending";
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. `node_not_found`: The course map has no such node. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found" | "node_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. `node_not_failed`: Only a failed node can be retried. `course_map_over`: The course map is over. `course_map_archived`: The course map is archived. `held_by_somebody`: Somebody is changing this at the moment. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight" | "node_not_failed" | "course_map_over" | "course_map_archived" | "held_by_somebody";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getProgress: {
        parameters: {
            query?: {
                at?: string;
            };
            header?: {
                /** @description The `ETag` of what the client has. */
                "If-None-Match"?: string;
                /** @description `wait=30`: answer when there is news, or after so many seconds, 60 at most. Takes a place as a stream does. */
                Prefer?: string;
            };
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its progress. */
            200: {
                headers: {
                    /** @description The course's revision; there is none with `at`. */
                    ETag?: string;
                    /** @description For how long the answer would have waited. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Progress"];
                };
            };
            /** @description Nothing has happened. */
            304: {
                headers: {
                    /** @description The course's revision. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. `too_many_streams`: This client has as many event streams open as it may. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_streams";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `streams_full`: There are as many event streams open as there may be. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "streams_full" | "database_unavailable";
                    };
                };
            };
        };
    };
    retryPlanning: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A course map, by the id that `generate` gave it. */
                course_map_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why: it stands in the event, and in the story of the course. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description It will be planned. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The course map.
                         * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
                         */
                        course_map_id: string;
                        /** @constant */
                        overall_status: "initializing";
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `course_map_not_found`: There is no such course map. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "course_map_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. `course_map_not_failed`: Only a course whose planning failed can be retried. `course_map_archived`: The course map is archived. `held_by_somebody`: Somebody is changing this at the moment. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight" | "course_map_not_failed" | "course_map_archived" | "held_by_somebody";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    recoverTasks: {
        parameters: {
            query?: {
                dry_run?: boolean;
                force?: boolean;
            };
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why: it stands in the event, and in the story of the course. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description What it found; or what it would, with `dry_run`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovery"] | components["schemas"]["RecoveryDryRun"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `no_generation_process`: No generation process is running. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "no_generation_process" | "database_unavailable";
                    };
                };
            };
        };
    };
    generateCourseMap: {
        parameters: {
            query?: {
                dry_run?: boolean;
            };
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
                /** @description `respond-async`: answer 202 at once. */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CourseRequest"];
            };
        };
        responses: {
            /** @description It is planned, and its cards are being written; or, with `dry_run`, what it would be. */
            200: {
                headers: {
                    /** @description Where the course is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlannedCourseMap"] | components["schemas"]["CourseEstimate"];
                };
            };
            /** @description It is being planned. */
            202: {
                headers: {
                    /** @description Where the course is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The course map.
                         * @example 0198f3a1-0bef-7290-a2ae-90cf883dcf46
                         */
                        course_map_id: string;
                        /** @constant */
                        overall_status: "initializing";
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. `too_many_courses`: The tenant has as many courses in flight as it may. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_courses";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `planning_failed`: No course map could be planned. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "planning_failed";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listCourseMaps: {
        parameters: {
            query?: {
                created_before?: string;
                created_from?: string;
                cursor?: string;
                limit?: number;
                status?: components["schemas"]["OverallStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them. */
            200: {
                headers: {
                    /** @description The next page, as `rel="next"`; absent on the last. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CourseMapList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    watchEverything: {
        parameters: {
            query?: {
                last_event_id?: number;
            };
            header?: {
                /** @description The last event that the client has: it is given what it missed, and no snapshot. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events: a frame `snapshot`, then a frame of each event as it is committed, once and in order; `id` is its position, `event` its type, and `data` as docs/asyncapi.json describes. Comments say that the stream is alive. It ends after a while: come back with `Last-Event-ID`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. `too_many_streams`: This client has as many event streams open as it may. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_streams";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `streams_full`: There are as many event streams open as there may be. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "streams_full" | "database_unavailable";
                    };
                };
            };
        };
    };
    makeFault: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat: with the same key, the same request is done once and answered alike, for a day. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description `kill`: SIGKILL, and the launcher starts another. `freeze`: SIGSTOP, until `thaw` or for half a minute. `cut_database`: every session with the database is ended. `fail_model`: the offline model fails for five seconds.
                     * @enum {string}
                     */
                    fault: "kill" | "freeze" | "thaw" | "cut_database" | "fail_model";
                    /**
                     * @description Whom it befalls, of `listProcesses`; for `kill`, `freeze` and `thaw`.
                     * @example generation-1
                     */
                    process?: string;
                };
            };
        };
        responses: {
            /** @description It is broken. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultMade"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `invalid_json`: The body is not a JSON object. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_json";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. `foreign_origin`: A page of another site may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "foreign_origin";
                    };
                };
            };
            /** @description `no_launcher`: Nothing can be broken here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_launcher";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `request_in_flight`: The same request is being answered. `fault_not_possible`: This cannot be broken at this moment. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_in_flight" | "fault_not_possible";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body must be JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `idempotency_key_reused`: This key was sent with another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    listProcesses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those that generate. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        processes: components["schemas"]["LaunchedProcess"][];
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `no_launcher`: Nothing can be broken here. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_launcher";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getPageFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    /** @description Of its content. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "font/woff2": string;
                    "image/svg+xml": string;
                    "text/css": string;
                    "text/html": string;
                    "text/javascript": string;
                };
            };
            /** @description The client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `route_not_found`: There is nothing at this path. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "route_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page that shows the document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getAsset: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The asset. */
            200: {
                headers: {
                    /** @description Of its content. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                    "text/javascript": string;
                };
            };
            /** @description The client has it. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `route_not_found`: There is nothing at this path. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "route_not_found";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getProblems: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page with a table of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: "invalid_request" | "invalid_json" | "unauthenticated" | "forbidden" | "foreign_origin" | "route_not_found" | "course_map_not_found" | "node_not_found" | "quiz_has_no_card" | "card_not_ready" | "failure_not_found" | "no_launcher" | "webhook_not_found" | "method_not_allowed" | "not_acceptable" | "node_not_failed" | "course_map_not_failed" | "course_map_over" | "course_map_archived" | "fault_not_possible" | "too_many_webhooks" | "held_by_somebody" | "request_in_flight" | "body_too_large" | "unsupported_media_type" | "unknown_host" | "idempotency_key_reused" | "too_many_courses" | "rate_limited" | "too_many_streams" | "internal_error" | "planning_failed" | "schema_mismatch" | "database_unavailable" | "authentication_unavailable" | "streams_full" | "no_generation_process";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page about it: where the `type` of a problem document leads. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As /readyz. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                        /**
                         * Format: date-time
                         * @example 2026-11-24T01:30:35.905Z
                         */
                        ts: string;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "database_unavailable";
                    };
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its text format. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `unauthenticated`: Nobody can tell who asks. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forbidden`: This needs a scope that the key or token does not have. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `rate_limited`: You have sent as many requests as you may for now. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `authentication_unavailable`: Nobody can tell who asks at the moment. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "authentication_unavailable" | "database_unavailable";
                    };
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The database has the schema of this release, and takes an event (tried, and taken back). */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_acceptable`: The answer cannot be of the type that you accept. */
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_acceptable";
                    };
                };
            };
            /** @description `unknown_host`: This gateway is not reached by this name. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_host";
                    };
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    };
                };
            };
            /** @description `schema_mismatch`: The database has another schema than this gateway. `database_unavailable`: The database cannot be reached. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "schema_mismatch" | "database_unavailable";
                    };
                };
            };
        };
    };
}
