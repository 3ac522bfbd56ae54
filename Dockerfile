# One image for every process: which one runs is said by the command (see docker-compose.yml). There is no build step:
# Node runs the TypeScript as it is.
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app
# Brings the version of pnpm that package.json names.
RUN npm install --global corepack@latest && corepack enable

# What is installed changes less often than the code: a layer of its own. The server binaries of embedded-postgres are
# optional dependencies and serve machines without a Postgres; here there is one, so they are left out.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY bench/package.json bench/
COPY db/package.json db/
COPY launcher/package.json launcher/
COPY packages/events/package.json packages/events/
COPY packages/process/package.json packages/process/
COPY services/gateway/package.json services/gateway/
COPY services/generation/package.json services/generation/
COPY services/relay/package.json services/relay/
RUN pnpm install --frozen-lockfile --prod --no-optional

COPY db db
COPY packages packages
COPY services services

USER node
STOPSIGNAL SIGTERM
CMD ["node", "--disable-proto=delete", "--max-semi-space-size=8", "services/gateway/src/main.ts"]
