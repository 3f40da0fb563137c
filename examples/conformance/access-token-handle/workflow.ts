// A module may pass `integrations.dribbble.accessToken` on; it is a handle, and the token never shows (§7.8, §13.1).
import { defineWorkflow, Dribbble, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Access token handle',
  integrations: [{ service: 'dribbble' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { accessToken } = integrations.dribbble;
    const client = new Dribbble({ accessToken });
    const shots = await client.listShots({ perPage: 2, page: 1 });
    const shot = Dribbble.extractShotDetails(shots.data[0]);
    console.log('token', accessToken);
    return { titles: shots.data.map((one: any) => one.title), year: shot.publishedAt.getFullYear(), image: shot.hdImageUrl, kind: typeof accessToken, leaked: String(accessToken).includes('dribbble-real') };
  },
});
